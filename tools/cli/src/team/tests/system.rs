//! Whether money is stuck, and what the days add up to.

use super::*;

const STUCK: &str = r#"{"verdict":"stuck","paid_not_granted":{"count":2,"more":true,"longest_seconds":900,"orders":["N1","N2"]},
"overdue":{"count":0,"more":false,"longest_seconds":0,"orders":[]},"queues":[{"queue":"fulfilment","waiting":1,"dead":3}],
"holds":{"count":4,"more":false,"since":"H"},"orphans":{"count":0,"more":false,"since":null},
"rejected_today":{"count":7,"more":false,"reasons":{"signature":7}},
"accounts":[{"provider":"wechat","account":"main","is_on":true,"is_default":true,"last_payment":"P","paid":9,"open":1,"unanswered":0}],
"looked_through":{"orders":12,"since":"S"},"as_of":"T"}"#;

#[tokio::test]
async fn status_names_the_command_that_looks_into_what_is_wrong() {
    let server = Server::start(&[("GET /api/v1/admin/payment-monitor/system-status", 200, STUCK)]);
    let ended = till(&server, "status").await;
    assert_eq!(
        ended.out,
        "verdict     stuck: money or goods do not move by themselves\n\
         undelivered more than 2 orders paid and not delivered within two minutes, the longest for 900 s: till order why NO (N1, N2)\n\
         overdue     0 orders with something that was due three minutes ago\n\
         queue       fulfilment: 1 wait, 3 dead letters: end their reason, then till redrive fulfilment\n\
         holds       4 wait for a decision, the first since H: till holds\n\
         orphans     0 wait for a decision\n\
         rejected    7 callbacks today: till rejected\n\
         as of       T, and 12 orders were looked through, made since S\n\n\
         ACCOUNTS\nPROVIDER  ACCOUNT  ON    DEFAULT  LAST PAYMENT  PAID  OPEN  UNANSWERED\n\
         wechat    main     true  true     P             9     1     0\n"
    );
    assert_eq!(till(&server, "status --json").await.out, format!("{STUCK}\n"));
}

const DAYS: &str = r#"{"time_zone":"+08:00","from":"2026-11-20","to":"2026-11-21","is_complete":false,
"totals":{"created":3,"paid":2,"success_rate":0.6667,"buyers":2,
"by_currency":[{"currency":"CNY","ordered":{"amount":297.00,"amount_minor":29700},
"kept":{"payments":2,"amount":{"amount":198.00,"amount_minor":19800},"back":{"amount":0.00,"amount_minor":0}}}],
"by_method":[{"provider":"wechat","method":"wechat_native","currency":"CNY","created":3,"paid":2,"time_to_pay":{"p50_seconds":12,"p95_seconds":null}}]},
"days":[{"day":"2026-11-20","created":1,"paid":1,"is_complete":false,"made_from":"M"},{"day":"2026-11-21","created":2,"paid":1,"is_complete":true}]}"#;

#[tokio::test]
async fn statistics_are_tables_of_days_methods_and_money() {
    let server = Server::start(&[("GET /api/v1/admin/orders/statistics", 200, DAYS)]);
    let ended = till(&server, "statistics --days 2").await;
    assert_eq!(
        ended.out,
        "orders made from 2026-11-20 to 2026-11-21, days of China's calendar (+08:00)\n\
         DAY         CREATED  PAID\n2026-11-20  1        1\n2026-11-21  2        1\n\n\
         ALL DAYS\nCREATED  PAID  SUCCESS  BUYERS\n3        2     0.6667   2\n\n\
         BY METHOD\nMETHOD         CURRENCY  CREATED  PAID  PAY P50 S\nwechat_native  CNY       3        2     12\n\n\
         MONEY\nCURRENCY  ORDERED  PAYMENTS  KEPT    BACK\nCNY       297.00   2         198.00  0.00\n"
    );
    let gap = "2026-11-20 is not complete: orders made before M were not counted; name fewer days\n";
    assert_eq!(ended.notes, gap);
    till(&server, "statistics --from 2026-11-20 --to 2026-11-21").await;
    let lines: Vec<String> = server.heard().into_iter().map(|heard| heard.line).collect();
    let path = "GET /api/v1/admin/orders/statistics";
    assert_eq!(lines, [format!("{path}?days=2"), format!("{path}?from=2026-11-20&to=2026-11-21")]);
    for wrong in ["--days 0", "--days 93", "--days 2 --from 2026-11-20", "--to 2026-11-21"] {
        assert!(Till::try_parse_from(format!("till statistics {wrong}").split(' ')).is_err(), "{wrong}");
    }
}

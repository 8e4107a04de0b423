//! Lists, one order, and why it is as it is.

use super::*;

const PAGE: &str = r#"{"orders":[{"order_no":"ORD20250101080000ABCDEFGH","created_at":"2025-01-01T08:00:00+08:00","status":"paid",
"fulfilment":"granted","amount":99.00,"currency":"CNY","refunded_amount":0.00,"payment_method":"wechat_native","account":"main",
"user_id":"ann","product_name":"黄金会员","holds":[],"trade_no":null}],"next":"c2","looked_through":1}"#;

#[tokio::test]
async fn orders_are_a_table_of_what_the_filter_finds() {
    let server = Server::start(&[("GET /api/v1/admin/orders", 200, PAGE)]);
    let ended = till(&server, "orders --from 2025-01-01 --status paid --hold any --least 10 --limit 5").await;
    assert_eq!(ended.exit, None, "{}", ended.why);
    let heard = server.heard().remove(0);
    assert_eq!(heard.line, "GET /api/v1/admin/orders?from=2025-01-01&status=paid&hold=any&least=10&limit=5");
    assert_eq!(heard.headers["authorization"], "Bearer secret-token");
    assert_eq!(heard.headers["accept-language"], "en");
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 2, "{}", ended.out);
    assert!(lines[0].starts_with("ORDER") && !lines[0].contains("HOLDS"), "an empty column is left out");
    assert!(lines[1].contains("CNY 99.00") && lines[1].ends_with("黄金会员"), "{}", lines[1]);
    assert_eq!(ended.notes, "there is more: --cursor c2\n");
}

#[tokio::test]
async fn json_and_csv_are_printed_as_they_came() {
    let server = Server::start(&[
        ("GET /api/v1/admin/orders?format=csv", 200, "\u{feff}\"order_no\"\r\n"),
        ("GET /api/v1/admin/orders", 200, PAGE),
    ]);
    assert_eq!(till(&server, "orders --csv").await.out, "\u{feff}\"order_no\"\r\n");
    let ended = till(&server, "orders --q 4200001 --json").await;
    assert_eq!((ended.out.as_str(), ended.notes.as_str()), (format!("{PAGE}\n").as_str(), ""));
    assert_eq!(server.heard()[1].line, "GET /api/v1/admin/orders?q=4200001");
}

#[tokio::test]
async fn pages_without_a_fitting_order_are_passed_over() {
    let empty = r#"{"orders":[],"next":"c1"}"#;
    let path = "GET /api/v1/admin/orders";
    let server = Server::start(&[(path, 200, empty), (path, 200, empty), (path, 200, PAGE)]);
    let ended = till(&server, "orders --user ann").await;
    assert!(ended.out.contains(NO), "{}", ended.out);
    assert_eq!(server.heard()[2].line, "GET /api/v1/admin/orders?user=ann&cursor=c1");
    let server = Server::start(&[(path, 200, empty)]);
    let ended = till(&server, "orders").await;
    assert_eq!((server.heard().len(), ended.notes.as_str()), (20, "nothing fits so far: --cursor c1\n"));
}

#[tokio::test]
async fn what_cannot_be_read_is_said_beside_the_list() {
    let path = "GET /api/v1/admin/orders";
    let only = r#"{"orders":[],"unreadable":["ORD20250101080000ABCDEFGH"],"next":"c1"}"#;
    let server = Server::start(&[(path, 200, only)]);
    let ended = till(&server, "orders").await;
    let note = "not shown, because Till cannot read them (stuck_order in operating.md): ORD20250101080000ABCDEFGH\n";
    assert_eq!((ended.out.as_str(), ended.notes), ("", format!("{note}there is more: --cursor c1\n")));
    assert_eq!(server.heard().len(), 1, "such a page is not passed over");
    let whole = r#"{"callbacks":[],"unreadable":0,"next":null}"#;
    let server = Server::start(&[("GET /api/v1/admin/rejected-callbacks", 200, whole)]);
    assert_eq!(till(&server, "rejected").await.notes, "there are no callbacks\n");
}

const ORDER: &str = r#"{"order_no":"ORD20250101080000ABCDEFGH","user_id":"ann","status":"pending","fulfilment":"none","amount":99.00,
"currency":"CNY","refunded_amount":0.00,"created_at":"2025-01-01T08:00:00+08:00","expire_at":"2025-01-01T08:30:00+08:00",
"product":{"name":"Gold"},"holds":[{"hold":"odd_payment","trade_no":"T1","decisions":["accept","return"]}],
"attempts":[{"payment_no":"ORD20250101080000ABCDEFGH","method":"alipay_qr","state":"open","unanswered":0}],
"payments":[],"refunds":[],"records":[],"records_next":"x",
"why":[{"situation":"payment_in_review","sentence":"A payment is being reviewed."},
{"situation":"odd_amount","about":"T1","sentence":"CNY 1.00 arrived.","next":{"duty":"alarm","at":"x","tries":1,"sentence":"The team is told."},
"hold":"odd_payment","decisions":["accept","return"],"advice":"You can accept it."}]}"#;

#[tokio::test]
async fn why_prints_each_sentence_with_what_follows() {
    let server = Server::start(&[("GET /api/v1/admin/orders/", 200, ORDER)]);
    let ended = till(&server, "order why ord20250101080000abcdefgh").await;
    assert_eq!(server.heard()[0].line, format!("GET /api/v1/admin/orders/{NO}"));
    assert_eq!(
        ended.out,
        format!(
            "{NO}  CNY 99.00, pending\n- A payment is being reviewed.\n- [T1] CNY 1.00 arrived.\n  next: The team is told.\n  \
             held: odd_payment: accept, return\n  to do: You can accept it.\n"
        )
    );
}

#[tokio::test]
async fn order_is_shown_with_the_sections_that_it_has() {
    let server = Server::start(&[("GET /api/v1/admin/orders/", 200, ORDER)]);
    let ended = till(&server, &format!("order show {NO}")).await;
    for part in ["user       ann", "price      CNY 99.00", "WHY\n- A payment", "ATTEMPTS\nNUMBER", "HOLDS\nHOLD"] {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
    assert!(!ended.out.contains("REFUNDS") && !ended.out.contains("RECORDS"), "{}", ended.out);
    assert_eq!(ended.notes, format!("older records: till audit --order {NO}\n"));
    let json = till(&server, &format!("order show {NO} --json")).await;
    assert_eq!(json.out, format!("{ORDER}\n"));
}

#[tokio::test]
async fn other_lists_are_asked_for_with_their_parameters() {
    let holds = r#"{"orders":[{"order_no":"N1","user_id":"ann","amount":1.00,"currency":"CNY","held_since":"S",
        "reasons":[{"hold":"dispute","trade_no":"T1","since":null,"meaning":"It is disputed.","decisions":["clear"]}]}],"next":null}"#;
    let server = Server::start(&[
        ("GET /api/v1/admin/holds", 200, holds),
        (
            "GET /api/v1/admin/orphans",
            200,
            r#"{"orphans":[{"provider":"alipay","trade_no":"T9","status":"settled","amount":5.00,"currency":"CNY"}],"next":null}"#,
        ),
        (
            "GET /api/v1/admin/rejected-callbacks",
            200,
            r#"{"callbacks":[{"at":"A","reason":"no account verifies it"}],"next":null}"#,
        ),
        (
            "GET /api/v1/admin/audit?account",
            200,
            r#"{"records":[{"at":"A","subject":"account","name":"wechat/main","order_no":null,"cause":"command",
            "outcome":"changed is_on=false","by":"ada","role":"admin","reason":"a new contract"}],"next":null}"#,
        ),
        ("GET /api/v1/admin/audit", 200, r#"{"records":[],"next":null}"#),
    ]);
    let held = till(&server, "holds --cursor c1").await.out;
    assert!(held.contains("dispute [T1], since S: clear\n  It is disputed."), "{held}");
    assert!(till(&server, "orphans --provider alipay").await.out.contains("T9     settled  CNY 5.00"));
    till(&server, "orphans --open").await;
    assert!(till(&server, "rejected --day 2025-01-01").await.out.contains("no account verifies it"));
    let audit = till(&server, &format!("audit --order {NO}")).await;
    assert_eq!((audit.out.as_str(), audit.notes.as_str()), ("", "there are no records\n"));
    till(&server, "audit --from 2025-01-01 --by boss").await;
    till(&server, "audit --user u-1").await;
    till(&server, "audit --product points/500 --cursor c2").await;
    let changed = till(&server, "audit --account wechat/main").await.out;
    let columns = [
        "AT  ABOUT    NAME         CAUSE    OUTCOME              BY   ROLE   WHY",
        "A   account  wechat/main  command  changed is_on=false  ada  admin  a new contract",
    ];
    assert_eq!(changed.lines().collect::<Vec<_>>(), columns);
    let lines: Vec<String> = server.heard().into_iter().map(|heard| heard.line).collect();
    assert_eq!(
        lines,
        [
            "GET /api/v1/admin/holds?cursor=c1".to_owned(),
            "GET /api/v1/admin/orphans?provider=alipay".to_owned(),
            "GET /api/v1/admin/orphans?status=open".to_owned(),
            "GET /api/v1/admin/rejected-callbacks?day=2025-01-01".to_owned(),
            format!("GET /api/v1/admin/audit?order_no={NO}"),
            "GET /api/v1/admin/audit?from=2025-01-01&by=boss".to_owned(),
            "GET /api/v1/admin/audit?user_id=u-1".to_owned(),
            "GET /api/v1/admin/audit?product=points%2F500&cursor=c2".to_owned(),
            "GET /api/v1/admin/audit?account=wechat%2Fmain".to_owned(),
        ]
    );
}

#[tokio::test]
async fn empty_pages_of_a_list_are_passed_over() {
    let server = Server::start(&[
        (
            "GET /api/v1/admin/audit?from=2026-01-01&cursor=C2",
            200,
            r#"{"records":[{"at":"A","subject":"order","name":"N","by":"ann","reason":"late"}],"next":null}"#,
        ),
        ("GET /api/v1/admin/audit?from=2026-01-01", 200, r#"{"records":[],"next":"C2"}"#),
    ]);
    let ended = till(&server, "audit --from 2026-01-01").await;
    assert_eq!(ended.out, "AT  ABOUT  NAME  BY   WHY\nA   order  N     ann  late\n", "{}", ended.notes);
}

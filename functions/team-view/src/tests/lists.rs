//! The list of all orders: filters, pages, and the file for spreadsheets.

use till_memory::{CallKind, Fault};

use super::*;

/// Follows `next` to the end; the numbers that were listed, and how many each page had.
#[track_caller]
fn pages(shop: &Shop, query: &str) -> (Vec<String>, Vec<usize>) {
    let (mut numbers, mut lengths, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = play(shop, &Event::read("team-view.orders").query(&format!("{query}{cursor}"))).json();
        let orders = each(&page["orders"], "order_no");
        lengths.push(orders.len());
        numbers.extend(orders);
        assert!(lengths.len() < 100, "it never ends");
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (numbers, lengths),
        }
    }
}

#[test]
fn orders_are_listed_newest_first_page_by_page() {
    let shop = Shop::new();
    let mut made = Vec::new();
    for n in 0..130 {
        let user = if n % 2 == 0 { "u1" } else { "u2" };
        made.insert(0, shop.order(user, "points", "1", Method::AlipayQr).to_string());
        shop.pass(1);
    }
    let (numbers, lengths) = pages(&shop, "limit=60");
    assert_eq!((numbers, lengths), (made.clone(), vec![60, 60, 10]));
    assert_eq!(pages(&shop, "").1[0], 50, "the usual page");
    let page = play(&shop, &Event::read("team-view.orders").query("")).json();
    assert_eq!((page["from"].as_str(), page["to"].as_str()), (Some("2024-12-03"), Some("2025-01-01")));
    assert_eq!(page["looked_through"], 50, "no more is read than is shown");
    // Of one user, and of nobody.
    let theirs: Vec<String> = made.iter().skip(1).step_by(2).cloned().collect();
    assert_eq!(pages(&shop, "user=u1&limit=40").0, theirs);
    assert_eq!(pages(&shop, "user=u3").0, [""; 0]);
}

#[test]
fn row_says_what_the_order_says() {
    let shop = ordered();
    let row = r#"{"order_no":"ORD20250101120000P78EZM44","created_at":"2025-01-01T12:00:00+08:00","status":"pending",
        "fulfilment":"none","user_id":"u1","product_type":"membership","product_id":"1","product_name":"Pro, 30 days",
        "amount":99.00,"amount_minor":9900,"refunded_amount":0.00,"currency":"CNY","payment_method":"wechat_native",
        "provider":"wechat","account":"main","trade_no":null,"payment_time":null,"holds":[]}"#;
    let rest = r#""unreadable":[],"next":null,"looked_through":1,"from":"2024-12-03","to":"2025-01-01","as_of":"2025-01-01T12:00:00+08:00"}"#;
    play(&shop, &Event::read("team-view.orders").query("")).is(200, &format!(r#"{{"orders":[{row}],{rest}"#));
    shop.pass(60);
    shop.pay(first());
    shop.grant(first());
    let paid = row
        .replace(r#""status":"pending""#, r#""status":"paid""#)
        .replace(r#""fulfilment":"none""#, r#""fulfilment":"granted""#)
        .replace(
            r#""trade_no":null,"payment_time":null"#,
            r#""trade_no":"T1","payment_time":"2025-01-01T12:01:00+08:00""#,
        );
    let rest = rest.replace("12:00:00+08:00\"}", "12:01:00+08:00\"}").replace("2024-12-03", "2025-01-01");
    play(&shop, &Event::read("team-view.orders")).is(200, &format!(r#"{{"orders":[{paid}],{rest}"#));
    shop.fail(CallKind::ListNumbers, Fault::Before);
    play(&shop, &Event::read("team-view.orders")).is_problem(503, "unavailable");
    shop.fail(CallKind::LoadOrders, Fault::Before);
    play(&shop, &Event::read("team-view.orders")).is_problem(503, "unavailable");
}

#[test]
fn each_filter_leaves_out_what_does_not_fit() {
    let shop = Shop::new();
    let pending = shop.order("u1", "membership", "1", Method::WechatNative).to_string();
    shop.pass(1);
    let granted = shop.order("u2", "points", "1", Method::AlipayQr);
    shop.pay(granted);
    shop.grant(granted);
    shop.pass(1);
    let odd = shop.order("u2", "membership", "2", Method::StripeCheckout);
    shop.pay_amount(odd, cny(1));
    shop.pass(86_400);
    let later = shop.order("u3", "points", "1", Method::WechatJsapi).to_string();
    let (granted, odd) = (granted.to_string(), odd.to_string());
    let [pending, granted, odd, later] = [&pending, &granted, &odd, &later].map(String::as_str);
    let all = [later, odd, granted, pending];
    for (query, expected) in [
        ("", &all[..]),
        ("status=pending", &[later, odd, pending]),
        ("status=paid", &[granted]),
        ("fulfilment=granted", &[granted]),
        ("method=wechat_native", &[pending]),
        ("provider=wechat", &[later, pending]),
        ("account=main", &all),
        ("account=other", &[]),
        ("user=u2", &[odd, granted]),
        ("user=u2&status=paid", &[granted]),
        ("hold=any", &[odd]),
        ("hold=odd_payment", &[odd]),
        ("hold=dispute", &[]),
        ("currency=USD", &[]),
        ("currency=cny", &all),
        ("least=99", &[odd, pending]),
        ("least=9.90&most=99.00", &[later, granted, pending]),
        ("most=1&currency=USD", &[]),
        ("from=2025-01-02", &[later]),
        ("to=2025-01-01", &[odd, granted, pending]),
        ("from=2025-01-01&to=2025-01-01&user=u1", &[pending]),
        ("from=2025-01-02&user=u1", &[]),
        ("from=2025-02-01&to=2025-02-02", &[]),
        ("status=&user=", &all),
    ] {
        assert_eq!(pages(&shop, query).0, expected, "{query}");
        assert_eq!(pages(&shop, &format!("{query}&limit=1")).0, expected, "{query}, one at a time");
    }
}

#[test]
fn filter_that_means_nothing_is_refused_by_name() {
    let shop = ordered();
    for (query, field) in [
        ("status=open", "status"),
        ("fulfilment=done", "fulfilment"),
        ("method=wechat", "method"),
        ("provider=paypal", "provider"),
        ("account=%20x/", "account"),
        ("user=a%20b", "user"),
        ("hold=some", "hold"),
        ("currency=XXX", "currency"),
        ("least=1.234", "least"),
        ("most=-1", "most"),
        ("from=2025-02-30", "from"),
        ("to=yesterday", "to"),
        ("from=2025-01-02&to=2025-01-01", "from"),
        ("from=2024-01-01&to=2025-01-01", "from"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("format=xls", "format"),
        ("format=csv&limit=5", "format"),
        ("q=u1&status=paid", "status"),
        ("q=u1&format=csv", "format"),
    ] {
        play(&shop, &Event::read("team-view.orders").query(query)).is_bad_field(field);
    }
    assert_eq!(play(&shop, &Event::read("team-view.orders").query("from=2024-01-02&to=2025-01-01")).status(), 200);
}

#[test]
fn page_that_looked_through_many_orders_goes_on() {
    let shop = Shop::new();
    let wanted = shop.order("u9", "points", "1", Method::AlipayQr).to_string();
    for _ in 0..1_050 {
        shop.pass(1);
        shop.order("u1", "points", "1", Method::WechatNative);
    }
    let query = "method=alipay_qr";
    let first = play(&shop, &Event::read("team-view.orders").query(query)).json();
    assert_eq!((first["orders"].as_array().unwrap().len(), &first["looked_through"]), (0, &Value::from(1_000)));
    assert!(first["next"].is_string());
    assert_eq!(pages(&shop, query).0, [wanted]);
}

#[test]
fn csv_has_the_rows_of_the_list() {
    let shop = ordered();
    shop.pay(first());
    shop.pass(1);
    let odd = shop.order("4200000000000000", "points", "1", Method::AlipayQr);
    shop.pay_amount(odd, cny(1));
    let answer = play(&shop, &Event::read("team-view.csv"));
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"orders-2025-01-01-2025-01-31.csv\""));
    let head = r#""order_no","created_at (UTC+8)","status","fulfilment","user_id","product_type","product_id","product_name","amount","refunded_amount","currency","payment_method","provider","account","trade_no","payment_time (UTC+8)","holds""#;
    let odd = format!(
        "\"{odd}\t\",\"2025-01-01 12:00:01\",\"pending\",\"none\",\"4200000000000000\t\",\"points\",\"1\t\",\"100 points\",\"9.90\",\"0.00\",\"CNY\",\"alipay_qr\",\"alipay\",\"main\t\",\"\",\"\",\"odd_payment\""
    );
    let paid = format!(
        "\"{FIRST}\t\",\"2025-01-01 12:00:00\",\"paid\",\"queued\",\"u1\t\",\"membership\",\"1\t\",\"Pro, 30 days\",\"99.00\",\"0.00\",\"CNY\",\"wechat_native\",\"wechat\",\"main\t\",\"T1\t\",\"2025-01-01 12:00:00\",\"\""
    );
    assert_eq!(answer.body(), format!("\u{feff}{head}\r\n{odd}\r\n{paid}\r\n"));
    let some = play(&shop, &Event::read("team-view.csv").query("format=csv&status=paid&from=2025-01-01"));
    assert_eq!(some.body(), format!("\u{feff}{head}\r\n{paid}\r\n"));
}

#[test]
fn csv_that_would_not_be_whole_is_refused() {
    let shop = Shop::new();
    shop.order("u1", "points", "1", Method::AlipayQr);
    let template = shop.stored(shop.memory.tables(|tables| *tables.orders.keys().next().unwrap()));
    // One order more than a file has.
    shop.memory.tables(|tables| {
        for n in 1..=u64::try_from(crate::orders::MOST_CSV_ROWS).unwrap() {
            let mut facts = till_domain::order::Facts::clone(&template);
            facts.no = till_domain::id::OrderNo::mint(facts.created_at, 1_000_000 + n);
            tables.orders.insert(facts.no, std::sync::Arc::new(till_domain::order::Order::from_facts(facts)));
        }
    });
    play(&shop, &Event::read("team-view.csv").query("format=csv")).is_bad_field("format");
    let few = play(&shop, &Event::read("team-view.csv").query("format=csv&status=paid"));
    assert_eq!((few.status(), few.body().lines().count()), (200, 1), "those that fit count");
}

//! Remedies: they are shown in money, sent once under a key, and never without a yes.

use super::*;

const PAID: &str = r#"{"order_no":"ORD20250101080000ABCDEFGH","user_id":"ann","status":"paid","fulfilment":"granted","amount":99.00,
"currency":"CNY","holds":[{"hold":"odd_payment","trade_no":"T2","decisions":["return"]}],
"payments":[{"trade_no":"T1","provider":"wechat","account":"main","amount":99.00,"currency":"CNY","role":"kept","refunded_amount":10.00},
{"trade_no":"T2","provider":"alipay","account":"main","amount":1.00,"currency":"CNY","role":"odd","refunded_amount":0.00}],
"refunds":[{"trade_no":"T1","state":"processing","amount":5.00,"currency":"CNY"},{"trade_no":"T1","state":"succeeded","amount":10.00,"currency":"CNY"}]}"#;

fn server(answer: (u16, &str)) -> Server {
    Server::start(&[("GET /api/v1/admin/orders/", 200, PAID), ("POST /api/v1/admin/orders/", answer.0, answer.1)])
}

#[tokio::test]
async fn refund_shows_the_money_and_sends_the_amount_as_it_was_typed() {
    let done = r#"{"order_no":"N","refund_no":"R1","state":"requested","amount":30.50,"currency":"CNY","order":{"order_no":"N","user_id":"ann","amount":99.00,"currency":"CNY","status":"paid","fulfilment":"granted"}}"#;
    let server = server((200, done));
    let ended = till(&server, &format!("order refund {NO} --amount 30.50 --reason complaint --yes")).await;
    assert_eq!(ended.exit, None, "{}", ended.why);
    for part in [
        &format!("refund {NO} of ann: CNY 99.00, paid, goods: granted"),
        "CNY 30.50 goes back to the buyer, of CNY 99.00 (T1, wechat, main)",
        "CNY 10.00 is back already, CNY 5.00 is on its way, CNY 53.50 stays",
        "the goods stay",
        "Idempotency-Key: till-",
    ] {
        assert!(ended.notes.contains(part), "{part}: {}", ended.notes);
    }
    let sent = server.changes().remove(0);
    assert_eq!(sent.line, format!("POST /api/v1/admin/orders/{NO}/refund"));
    assert_eq!(sent.body, r#"{"amount":30.50,"reason":"complaint"}"#);
    let key = &sent.headers["idempotency-key"];
    assert!(key.len() == 37 && ended.notes.contains(key.as_str()), "{key}");
    assert_eq!(ended.out, "refund R1: CNY 30.50, requested\ndone: N of ann: CNY 99.00, paid, goods: granted\n");
}

#[tokio::test]
async fn nothing_is_sent_without_a_yes_or_beyond_what_is_left() {
    let server = server((200, "{}"));
    let ended = till(&server, &format!("order refund {NO} --reason x")).await;
    assert_eq!((ended.exit, ended.why.as_str()), (Some(Exit::NotConfirmed), "nothing was changed"));
    assert!(ended.notes.contains("CNY 84.00 goes back to the buyer"), "all that is left: {}", ended.notes);
    assert!(ended.notes.contains("CNY 0.00 stays"), "{}", ended.notes);
    let ended = till(&server, &format!("order refund {NO} --amount 84.01 --reason x --yes")).await;
    assert_eq!(ended.exit, Some(Exit::Refused), "{}", ended.why);
    assert!(ended.why.contains("more than the CNY 84.00 that is left"), "{}", ended.why);
    let ended = till(&server, &format!("order refund {NO} --amount 0 --reason x --yes")).await;
    assert_eq!((ended.exit, ended.why.contains("nothing goes back")), (Some(Exit::Refused), true), "{}", ended.why);
    let ended = till(&server, &format!("order refund {NO} --amount 1.001 --reason x --yes")).await;
    assert_eq!(ended.exit, Some(Exit::Usage), "{}", ended.why);
    let ended = till(&server, &format!("order refund {NO} --trade-no T7 --reason x --yes")).await;
    assert_eq!(ended.exit, Some(Exit::NotFound), "{}", ended.why);
    assert!(server.changes().is_empty());
}

#[tokio::test]
async fn change_without_an_answer_names_the_key_to_repeat_it_with() {
    let server = server((503, r#"{"code":503,"error":"unavailable","msg":"Try again","request_id":"r","data":null}"#));
    let ended = till(&server, &format!("order cancel {NO} --reason x --yes")).await;
    assert_eq!(ended.exit, Some(Exit::Again));
    let key = server.changes()[0].headers["idempotency-key"].clone();
    assert!(
        ended.why.ends_with(&format!("it may have been done all the same: repeat it with --key {key}")),
        "{}",
        ended.why
    );
    let again = till(&server, &format!("order refund {NO} --amount 90 --reason x --yes --key {key}")).await;
    assert_eq!(again.exit, Some(Exit::Again), "{}", again.why);
    assert_eq!(server.changes()[1].headers["idempotency-key"], key);
    assert!(again.notes.contains("repeats an earlier request"), "{}", again.notes);
}

#[tokio::test]
async fn order_is_shown_after_an_answer_without_one() {
    let server = server((200, r#"{"code":200,"msg":"订单已取消","data":null}"#));
    let ended = till(&server, &format!("order cancel {NO} --reason x --yes")).await;
    assert_eq!(ended.exit, None, "{}", ended.why);
    assert_eq!(ended.out, format!("done: {NO} of ann: CNY 99.00, paid, goods: granted\n"));
}

#[tokio::test]
async fn each_remedy_has_its_route_and_its_fields() {
    let server = server((200, PAID));
    let resolve = "--hold odd_payment --decision return --trade-no T2";
    for (words, line, body, shown) in [
        ("cancel --reason x", "cancel", r#"{"reason":"x"}"#, "no money moves"),
        ("regrant --reason x", "regrant", r#"{"reason":"x"}"#, "delivered again"),
        ("refund --reason x --revoke", "refund", r#"{"reason":"x","revoke":true}"#, "the goods are taken back"),
        (
            &format!("resolve --reason x {resolve}"),
            "resolve",
            r#"{"decision":"return","hold":"odd_payment","reason":"x","trade_no":"T2"}"#,
            "odd_payment, return: CNY 1.00 goes back to the buyer",
        ),
        ("complete --reason x", "complete", r#"{"reason":"x"}"#, "nothing is stated"),
        (
            "complete --reason x --trade-no T3 --amount 99 --evidence seen --attempt 2",
            "complete",
            r#"{"amount":99,"attempt":2,"evidence":"seen","reason":"x","trade_no":"T3"}"#,
            "CNY 99.00 counts as paid by your word (T3)",
        ),
    ] {
        let (word, options) = words.split_once(' ').unwrap();
        let ended = till(&server, &format!("order {word} {NO} {options} --yes")).await;
        assert_eq!(ended.exit, None, "{words}: {}", ended.why);
        let sent = server.changes().pop().unwrap();
        assert_eq!(
            (sent.line, sent.body.as_str()),
            (format!("POST /api/v1/admin/orders/{NO}/{line}"), body),
            "{words}"
        );
        assert!(ended.notes.contains(shown), "{words}: {}", ended.notes);
        assert!(ended.out.ends_with("paid, goods: granted\n"), "{words}: {}", ended.out);
    }
    let keys: std::collections::BTreeSet<String> =
        server.changes().into_iter().map(|sent| sent.headers["idempotency-key"].clone()).collect();
    assert_eq!(keys.len(), 6, "each change has a key of its own");
}

#[tokio::test]
async fn decision_that_does_not_fit_is_pointed_out_before() {
    let server = server((200, PAID));
    let ended = till(&server, &format!("order resolve {NO} --hold odd_payment --decision accept --reason x")).await;
    assert!(ended.notes.contains("what fits it now: return"), "{}", ended.notes);
    let ended = till(&server, &format!("order resolve {NO} --hold dispute --decision clear --reason x")).await;
    assert!(ended.notes.contains("has no open hold dispute"), "{}", ended.notes);
    assert!(server.changes().is_empty());
}

/// What is on its way counts when it arrives: then all of the money is back.
#[tokio::test]
async fn refund_of_all_that_is_left_beside_one_on_its_way_takes_the_goods_back() {
    let server = server((200, "{}"));
    let ended = till(&server, &format!("order refund {NO} --amount 84 --reason x")).await;
    let goods = "the goods are taken back if it pays for the order, once the CNY 5.00 on its way arrives too";
    assert!(ended.notes.contains(goods), "{}", ended.notes);
    assert!(!ended.notes.contains("the goods stay"), "{}", ended.notes);
}

fn orphan(as_payment: &str, amount: &str, back: &str) -> String {
    format!(
        r#"{{"provider":"alipay","trade_no":"T/9","amount":{amount},"currency":"CNY","refunded_amount":{back},"status":"open",
        "as_payment":{as_payment}}}"#
    )
}

const PENDING: &str = r#"{"order_no":"ORD20250101080000ABCDEFGH","user_id":"ann","status":"pending","fulfilment":"none",
"amount":99.00,"currency":"CNY","payments":[]}"#;

#[tokio::test]
async fn settling_shows_what_becomes_of_the_money() {
    let would = |role: &str, goes_back: bool, delivers: bool| {
        format!(r#"{{"order_no":"{NO}","role":"{role}","goes_back":{goes_back},"delivers":{delivers}}}"#)
    };
    for (order, answer, shown) in [
        (
            PENDING,
            orphan(&would("kept", false, true), "99.00", "0.00"),
            "becomes its payment, and its goods are delivered",
        ),
        (
            PAID,
            orphan(&would("extra", true, false), "99.00", "0.00"),
            "goes straight back to the buyer: the order is paid already",
        ),
        (
            PENDING,
            orphan(&would("extra", true, false), "99.00", "0.00"),
            "goes straight back to the buyer: it came too late",
        ),
        (
            PENDING,
            orphan(&would("odd", false, false), "5.00", "0.00"),
            "is held until somebody decides: it is not CNY 99.00",
        ),
        (
            PENDING,
            orphan(&would("odd", false, false), "99.00", "0.00"),
            "no attempt of the order was made through this account",
        ),
        (PENDING, orphan(&would("kept", false, false), "99.00", "99.00"), "nothing is delivered for it now"),
        (PENDING, orphan("null", "99.00", "0.00"), "over the amount that its provider states"),
    ] {
        let server = Server::start(&[
            ("GET /api/v1/admin/orders/", 200, order),
            ("GET /api/v1/admin/orphans/alipay/T%2F9?order_no=", 200, &answer),
            ("POST /api/v1/admin/orphans/", 200, PAID),
        ]);
        let ended = till(&server, &format!("orphans settle alipay T/9 --order {NO} --reason x --yes")).await;
        assert_eq!(ended.exit, None, "{}", ended.why);
        assert!(ended.notes.contains(shown) && ended.notes.contains("(alipay T/9)"), "{shown}: {}", ended.notes);
        assert_eq!(ended.notes.contains("CNY 99.00 of it is back already"), answer.contains(r#""refunded_amount":99"#));
        let sent = server.changes().remove(0);
        assert_eq!(sent.line, "POST /api/v1/admin/orphans/alipay/T%2F9/settle");
        assert_eq!(sent.body, format!(r#"{{"order_no":"{NO}","reason":"x"}}"#));
    }
}

#[tokio::test]
async fn orphan_that_was_dealt_with_elsewhere_is_closed() {
    let closed = r#"{"provider":"alipay","trade_no":"T/9","amount":5.00,"currency":"CNY","status":"closed",
        "closed":{"by":"bob","reason":"refunded in the console"}}"#;
    let server = Server::start(&[
        ("GET /api/v1/admin/orphans/alipay/T%2F9", 200, &orphan("null", "5.00", "0.00")),
        ("POST /api/v1/admin/orphans/", 200, closed),
    ]);
    let ended = till(&server, "orphans close alipay T/9 --reason x --yes").await;
    assert_eq!(ended.exit, None, "{}", ended.why);
    assert!(ended.notes.contains("close CNY 5.00 (alipay T/9)\n  no money moves"), "{}", ended.notes);
    assert_eq!(ended.out, "done: CNY 5.00 (alipay T/9) is closed by bob: refunded in the console\n");
    let sent = server.changes().remove(0);
    assert_eq!(
        (sent.line.as_str(), sent.body.as_str()),
        ("POST /api/v1/admin/orphans/alipay/T%2F9/close", r#"{"reason":"x"}"#)
    );
}

//! The search for one order.

use super::*;

#[track_caller]
fn found(shop: &Shop, q: &str) -> Vec<String> {
    let answer = play(shop, &Event::read("team-view.search").query(&format!("q={q}")));
    each(&answer.json()["orders"], "order_no")
}

#[test]
fn order_is_found_by_each_of_its_numbers() {
    let shop = ordered();
    let trade_no = shop.pay(first());
    shop.pass(1);
    // A second payment of the same order.
    shop.hears(first(), shop.paid("4200002516", cny(9900)));
    shop.order("u2", "points", "1", Method::AlipayQr);
    for q in [
        FIRST.to_owned(),
        FIRST.to_lowercase(),
        format!("%20{FIRST}%20"),
        format!("{FIRST}_2"),
        format!("{FIRST}R1"),
        trade_no.to_string(),
        "4200002516".to_owned(),
    ] {
        assert_eq!(found(&shop, &q), [FIRST], "{q}");
    }
    for q in ["ORD20250101120000AAAAAAAA", "4200002517", "%E4%BB%98", "ORD", "x%20y"] {
        assert_eq!(found(&shop, q), [""; 0], "{q}");
    }
    let sample = play(&shop, &Event::read("team-view.search")).json();
    assert_eq!(each(&sample["orders"], "order_no"), [FIRST]);
}

#[test]
fn user_is_found_with_their_orders_page_by_page() {
    let shop = Shop::new();
    let mut made = Vec::new();
    for _ in 0..5 {
        made.insert(0, shop.order("ann@example.com", "points", "1", Method::AlipayQr).to_string());
        shop.pass(1);
    }
    shop.order("u2", "points", "1", Method::AlipayQr);
    assert_eq!(found(&shop, "ann@example.com"), made);
    let page = |cursor: &str| {
        play(&shop, &Event::read("team-view.search").query(&format!("q=ann@example.com&limit=3{cursor}"))).json()
    };
    let first = page("");
    let second = page(&format!("&cursor={}", first["next"].as_str().unwrap()));
    assert_eq!(each(&first["orders"], "order_no"), made[..3]);
    assert_eq!(each(&second["orders"], "order_no"), made[3..]);
    assert!(second["next"].is_null());
}

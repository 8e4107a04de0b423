//! The list of an account's disputes, one dispute, and the account itself.

use serde_json::{Value, json};

use super::{Shop, id_of};

const PATH: &str = "/v1/disputes";

fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(id_of).collect()
}

/// Two disputed payments, the second a minute later: the ids of both disputes and of the first PaymentIntent.
fn two() -> (Shop, String, String, String) {
    let shop = Shop::new();
    let intent = shop.paid();
    shop.act("ORD1_2", "open_dispute");
    shop.pass(60);
    shop.intent();
    shop.act("ORD2", "pay");
    shop.act("ORD2", "open_dispute");
    let list = shop.get(PATH, &[]);
    let found = ids(&list);
    let (first, second) = (found[1].to_owned(), found[0].to_owned());
    (shop, first, second, intent)
}

#[test]
fn disputes_are_listed_newest_first_in_pages() {
    let (shop, first, second, _) = two();
    let page = shop.get(PATH, &[("limit", "1")]);
    assert_eq!((ids(&page), &page["has_more"]), (vec![second.as_str()], &json!(true)));
    let rest = shop.get(PATH, &[("limit", "1"), ("starting_after", &second)]);
    assert_eq!((ids(&rest), &rest["has_more"]), (vec![first.as_str()], &json!(false)));
}

#[test]
fn list_is_bounded_by_creation_and_payment_whatever_became_of_a_dispute() {
    let (shop, first, second, intent) = two();
    let since = (shop.now() - 30).to_string();
    assert_eq!(ids(&shop.get(PATH, &[("created[gte]", &since)])), [&*second]);
    assert_eq!(ids(&shop.get(PATH, &[("created[lt]", &since)])), [&*first]);
    assert_eq!(ids(&shop.get(PATH, &[("payment_intent", &intent)])), [&*first]);
    shop.act("ORD2", "lose_dispute");
    let list = shop.get(PATH, &[("created[gte]", &since), ("expand[]", "data.payment_intent")]);
    assert_eq!((ids(&list), &list["data"][0]["status"]), (vec![&*second], &json!("lost")));
    assert_eq!(list["data"][0]["payment_intent"]["metadata"]["payment_no"], "ORD2");
}

#[test]
fn one_dispute_is_read_by_its_id() {
    let (shop, first, _, intent) = two();
    let dispute = shop.get(&format!("{PATH}/{first}"), &[]);
    assert_eq!((&dispute["id"], &dispute["payment_intent"]), (&json!(first), &json!(intent)));
    assert_eq!(shop.refused("GET", &format!("{PATH}/dp_none"), &[]).0, 404);
    assert_eq!(shop.refused("GET", PATH, &[("created[around]", "1")]).0, 400);
}

#[test]
fn account_has_an_id_that_stays_and_shows_no_key() {
    let shop = Shop::new();
    let account = shop.get("/v1/account", &[]);
    assert_eq!(account, shop.get("/v1/account", &[]));
    assert!(id_of(&account).starts_with("acct_") && !account.to_string().contains("sk_test_"), "{account}");
}

//! Payments without an order.

use till_app::ports::{KeepOrphan as _, Orphan, Unanswered};
use till_domain::id::AttemptNo;
use till_domain::order::{Report, Role, Says};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use super::*;

fn settle() -> Event {
    Event::read("refund-order.settle-orphan")
}

/// WeChat took money under a number that we never gave.
fn with_orphan(amount: u64, account: &str) -> Shop {
    let shop = ordered();
    let account = Account { provider: Provider::WeChat, id: AccountId::parse(account).unwrap() };
    let says = shop.paid("T1", cny(amount));
    shop.script.lines(|lines| lines.trade = Some(Ok(vec![says.clone()])));
    let report = Report { attempt: AttemptNo::FIRST, account, asked_at: None, says };
    let trade_no = TradeNo::parse("T1").unwrap();
    let orphan = Orphan { number: "shop-77".to_owned(), trade_no, report, at: shop.now() };
    shop.run(async |ports| ports.keep_orphan(&orphan).await).unwrap();
    shop
}

#[test]
fn orphan_pays_for_the_order_to_which_it_is_settled_and_twice_is_once() {
    let shop = with_orphan(9_900, "main");
    for _ in 0..2 {
        let answer = play(&shop, &settle()).json();
        assert_eq!((&answer["status"], &answer["payments"][0]["role"]), (&"paid".into(), &"kept".into()));
    }
    let order = shop.stored(first());
    assert_eq!((order.payments.len(), order.remedies.len()), (1, 1));
    let other = settle().field("reason", r#""another text""#);
    play(&shop, &other).is_problem(409, "idempotency_conflict");
    let settled = shop.memory.tables(|tables| tables.settlements.values().next().cloned()).unwrap();
    assert_eq!((settled.order, settled.by.as_str()), (first(), "ann"));
    assert_eq!(settled.reason.as_str(), "paid by the old shop's code");
}

#[test]
fn orphan_is_settled_to_one_order_only() {
    let shop = with_orphan(9_900, "main");
    let second = shop.order("u1", "membership", "1", Method::WechatNative);
    play(&shop, &settle());
    let other = settle().field("order_no", &format!("\"{second}\"")).header("idempotency-key", "other");
    play(&shop, &other).is_problem(409, "orphan_settled");
    assert!(shop.stored(second).payments.is_empty());
}

#[test]
fn orphan_that_does_not_fit_is_odd() {
    for (amount, account) in [(9_800, "main"), (9_900, "other")] {
        let shop = with_orphan(amount, account);
        let answer = play(&shop, &settle()).json();
        assert_eq!((&answer["status"], &answer["holds"][0]["hold"]), (&"pending".into(), &"odd_payment".into()));
        assert_eq!(shop.stored(first()).payments[0].role, Role::Odd);
    }
}

#[test]
fn unknown_orphan_order_or_provider_is_refused() {
    play(&ordered(), &settle()).is_problem(404, "orphan_not_found");
    let shop = with_orphan(9_900, "main");
    let unknown = settle().field("order_no", r#""ORD20250101120000AAAAAAAA""#);
    play(&shop, &unknown).is_problem(404, "order_not_found");
    play(&shop, &settle().path("/api/v1/admin/orphans/paypal/T1/settle")).is_bad_field("provider");
    play(&shop, &settle().path("/api/v1/admin/orphans/stripe/T1/settle")).is_problem(404, "orphan_not_found");
    for field in ["order_no", "reason"] {
        play(&shop, &settle().field(field, "")).is_bad_field(field);
    }
    play(&shop, &settle().without("idempotency-key")).is_problem(400, "idempotency_key_required");
    assert!(shop.memory.tables(|tables| tables.settlements.is_empty()));
}

#[test]
fn orphan_is_settled_only_with_the_word_of_its_provider() {
    let shop = with_orphan(9_900, "main");
    let back = Says::BackInAll { trade_no: TradeNo::parse("T1").unwrap(), amount: cny(9_900) };
    let paid = shop.paid("T1", cny(9_900));
    for (answer, status, error) in [
        (Err(Unanswered), 502, "provider_error"),
        (Ok(vec![Says::NotPaid]), 409, "provider_denies"),
        (Ok(vec![paid, back]), 409, "orphan_closed"),
    ] {
        shop.script.lines(|lines| lines.trade = Some(answer));
        play(&shop, &settle()).is_problem(status, error);
        assert!(shop.stored(first()).payments.is_empty());
    }
}

fn close() -> Event {
    Event::read("refund-order.close-orphan")
}

#[test]
fn orphan_is_closed_once_by_the_first_who_does_and_is_not_settled_afterwards() {
    let shop = with_orphan(9_900, "main");
    for event in [close(), close(), close().header("idempotency-key", "other").field("reason", r#""again""#)] {
        let answer = play(&shop, &event).json();
        assert_eq!((&answer["trade_no"], &answer["status"]), (&"T1".into(), &"closed".into()));
        assert_eq!(answer["closed"]["by"], "ann");
        assert_eq!(answer["closed"]["reason"], "refunded in the console");
    }
    play(&shop, &close().field("reason", r#""again""#)).is_problem(409, "idempotency_conflict");
    play(&shop, &settle()).is_problem(409, "orphan_closed");
    assert!(shop.stored(first()).payments.is_empty());
}

#[test]
fn settled_or_unknown_orphan_is_not_closed() {
    play(&ordered(), &close()).is_problem(404, "orphan_not_found");
    let shop = with_orphan(9_900, "main");
    play(&shop, &close().field("reason", "")).is_bad_field("reason");
    play(&shop, &close().without("idempotency-key")).is_problem(400, "idempotency_key_required");
    play(&shop, &settle());
    play(&shop, &close()).is_problem(409, "orphan_settled");
}

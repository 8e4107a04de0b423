//! The list of an account's disputes, and the account's own id.

use till_app::ports::{DisputePage, ListedDispute};
use till_domain::order::DisputeState;
use till_domain::text::DisputeNo;

use super::*;
use crate::callback_content::CallbackSubject;
use crate::error::Error;

const SINCE: i64 = NOW - 86_400;

fn dispute(id: &str, status: &str) -> Value {
    json!({
        "id": id, "object": "dispute", "livemode": false, "amount": 990, "currency": "usd", "status": status,
        "created": NOW + 90, "payment_intent": intent("succeeded")
    })
}

fn ask(after: Option<&str>, answer: Answer) -> (Result<DisputePage, Error>, Vec<Request>) {
    let after = after.map(|no| DisputeNo::parse(no).unwrap());
    let since = Time::from_unix(SINCE).unwrap();
    talk([answer], async |outside| merchant().list_disputes(outside, since, after.as_ref()).await)
}

fn listed(disputes: &[Value]) -> Vec<ListedDispute> {
    ask(None, ok(&list(disputes, false))).0.unwrap().disputes
}

#[test]
fn page_is_asked_for_by_opening_time_and_the_dispute_before_it() {
    for (after, expected) in [(None, ""), (Some("du_9"), "&starting_after=du_9")] {
        let (page, sent) = ask(after, ok(&list(&[], false)));
        assert_eq!(page, Ok(DisputePage { disputes: vec![], next: None }));
        let query = format!("/v1/disputes?limit=100&created[gte]={SINCE}{expected}&expand[]=data.payment_intent");
        assert_eq!(percent_encoding::percent_decode_str(&sent[0].target).decode_utf8().unwrap(), query);
    }
    let (page, _) = ask(None, ok(&list(&[dispute("du_1", "lost"), dispute("dp_2", "won")], true)));
    assert_eq!(page.unwrap().next.unwrap().as_str(), "dp_2");
    assert!(ask(None, ok(&list(&[], true))).0.is_err(), "an empty page has no next one");
    assert!(ask(None, no(403, &json!({"type": "invalid_request_error"}))).0.is_err());
}

#[test]
fn listed_dispute_is_reported_about_its_payment() {
    for (status, state, is_open) in [
        ("needs_response", DisputeState::Opened, true),
        ("under_review", DisputeState::Opened, true),
        ("won", DisputeState::Won, false),
        ("lost", DisputeState::Lost, false),
        ("a_new_word", DisputeState::Opened, true),
    ] {
        let [found] = listed(&[dispute("du_1", status)]).try_into().unwrap();
        assert_eq!((found.opened_at.unix(), found.is_open), (NOW + 90, is_open), "{status}");
        let CallbackSubject::Payment { payment_no, reports } = found.about else {
            panic!("{status}: {:?}", found.about)
        };
        assert_eq!((payment_no.to_string().as_str(), reports.len()), (ORDER_NO, 1));
        let Says::Dispute { no, trade_no, amount, state: told } = &reports[0].says else { panic!("{reports:?}") };
        assert_eq!((no.as_str(), trade_no.as_str(), amount.minor(), *told), ("du_1", INTENT, 990, state));
        assert_eq!(reports[0].account, merchant().account);
    }
}

#[test]
fn dispute_of_somebody_else_or_without_sense_does_not_hide_the_others() {
    let of = |place: &str, value: Value| with(&dispute("du_2", "lost"), place, value);
    for (other, word) in [
        (of("payment_intent", Value::Null), Some("not ours")),
        (of("payment_intent.metadata", json!({})), Some("not ours")),
        (of("payment_intent.metadata.deployment", json!("shop-2")), Some("another deployment")),
        (of("payment_intent", json!(INTENT)), Some("unreadable")),
        (of("created", Value::Null), Some("unreadable")),
        (of("currency", json!("zzz")), Some("unreadable")),
        (of("livemode", json!(true)), Some("unreadable")),
        (of("payment_intent.metadata.payment_no", json!("elsewhere")), None),
    ] {
        let found = listed(&[dispute("du_1", "lost"), other.clone(), dispute("du_3", "won")]);
        assert_eq!(found.len(), 3, "{other}");
        match (&found[1].about, word) {
            (CallbackSubject::Nothing(about), Some(word)) => {
                assert_eq!(*about, word, "{other}");
                assert_eq!(found[1].is_open, word == "unreadable", "what cannot be read is looked at again");
            }
            (CallbackSubject::Foreign { .. }, None) => {}
            about => panic!("{about:?}: {other}"),
        }
    }
}

#[test]
fn own_account_has_the_id_that_stripe_gives_it() {
    let asked = |answer| talk([answer], async |outside| merchant().own_account(outside).await);
    let (own, sent) = asked(ok(&json!({"id": "acct_1A", "object": "account"})));
    assert_eq!((own, sent[0].target.as_str()), (Ok("acct_1A".to_owned()), "/v1/account"));
    for answer in [ok(&json!({"id": "cus_1"})), no(401, &json!({"type": "invalid_request_error"})), ok(&json!({}))] {
        assert!(asked(answer).0.is_err());
    }
}

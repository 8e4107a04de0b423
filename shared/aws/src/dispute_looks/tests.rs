//! A look is written over the version before it, and by one of two processes.

use till_app::ports::{DisputeLook, KeepDisputeLook as _};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, DisputeNo};
use till_domain::time::Time;

use crate::item::{number, text};
use crate::keys;
use crate::test_aws::{TestAws, released_item};

fn look(version: u64) -> DisputeLook {
    let at = |seconds: i64| Time::from_unix(1_795_244_400 + seconds).unwrap();
    DisputeLook {
        account: Account { provider: Provider::Stripe, id: AccountId::parse("main").unwrap() },
        version,
        next: at(600),
        since: at(-86_400),
        begun: at(0),
        through: at(-3_600),
        after: Some(DisputeNo::parse("du_1").unwrap()),
        oldest_open: Some(at(-60)),
    }
}

#[test]
fn released_item_reads_and_writes_back() {
    let released = released_item(include_str!("../../tests/shapes/dispute_look.json"));
    assert_eq!(super::read(&look(3).account, &released), Ok(look(3)));
    assert_eq!(super::write(&look(3)), released);
}

#[tokio::test]
async fn look_reads_back_with_and_without_its_optional_parts() {
    let test = TestAws::new().await;
    let account = look(1).account;
    assert_eq!(test.aws.load_dispute_look(&account).await, Ok(None));
    assert_eq!(test.aws.save_dispute_look(&look(1)).await, Ok(true));
    assert_eq!(test.aws.load_dispute_look(&account).await, Ok(Some(look(1))));
    let done = DisputeLook { after: None, oldest_open: None, ..look(2) };
    assert_eq!(test.aws.save_dispute_look(&done).await, Ok(true));
    assert_eq!(test.aws.load_dispute_look(&account).await, Ok(Some(done)));
}

#[tokio::test]
async fn look_is_written_over_the_version_before_it_only() {
    let test = TestAws::new().await;
    assert_eq!(test.aws.save_dispute_look(&look(2)).await, Ok(false), "there is no first version");
    assert_eq!(test.aws.save_dispute_look(&look(1)).await, Ok(true));
    assert_eq!(test.aws.save_dispute_look(&look(1)).await, Ok(true), "a repeated call that took effect");
    let another = DisputeLook { after: None, ..look(1) };
    assert_eq!(test.aws.save_dispute_look(&another).await, Ok(false));
    assert_eq!(test.aws.save_dispute_look(&look(3)).await, Ok(false));
    assert_eq!(test.aws.load_dispute_look(&look(1).account).await, Ok(Some(look(1))));
}

#[tokio::test]
async fn look_of_a_later_release_keeps_its_attributes_and_its_schema() {
    let test = TestAws::new().await;
    let place = keys::dispute_look(&look(1).account);
    assert_eq!(test.aws.save_dispute_look(&look(1)).await, Ok(true));
    test.set(&place, "later", text("kept")).await;
    assert_eq!(test.aws.save_dispute_look(&look(2)).await, Ok(true));
    assert_eq!(test.get(&place).await.unwrap()["later"], text("kept"));
    test.set(&place, "schema", number(2)).await;
    assert_eq!(test.aws.save_dispute_look(&look(3)).await, Ok(false));
}

//! What records say of a change, and that none says more than which of the delicate fields changed.

use till_domain::currency::Currency;
use till_domain::language::Language;
use till_domain::product::{MembershipGrant, PointsGrant, Product, QuotaGrant, Tier};
use till_domain::provider::{Account, Provider};
use till_domain::text::{
    AccountId, Announcement, Key, ProductId, ProductName, ProductType, QuotaName, Reason, Remark, TierName, UserId,
};
use till_domain::time::Time;
use till_domain::wallet::{Change as LedgerChange, GrantRound};

use super::*;
use crate::ports::{AccountMode, Notes};

fn ada() -> UserId {
    UserId::parse("ada").unwrap()
}

fn notes(remark: Option<&str>) -> Notes {
    let reason = Some(Reason::parse("a new contract").unwrap());
    let change = Change { by: ada(), at: Time::FIRST, reason, key: None, hash: None };
    Notes { remark: remark.map(|remark| Remark::parse(remark).unwrap()), ..Notes::default() }.with(change)
}

fn account(edit: impl FnOnce(&mut AccountSettings), remark: Option<&str>) -> Noted<AccountSettings> {
    let account = Account { provider: Provider::WeChat, id: AccountId::parse("main").unwrap() };
    let (mode, hints) = (AccountMode::Test, vec!["1900000109".to_owned()]);
    let mut item = AccountSettings { account, mode, is_default: false, is_on: true, base_url: None, hints };
    edit(&mut item);
    Noted { item, notes: notes(remark) }
}

#[test]
fn record_of_an_account_names_its_changed_fields() {
    let before = account(|_| (), None);
    let rows = [
        (account(|item| item.is_on = false, None), false, "changed is_on=false"),
        (account(|item| item.is_default = true, Some("sic")), false, "changed is_default=true, remark"),
        (account(|item| item.base_url = Some("http://u:p@x".to_owned()), None), true, "changed settings, base_url"),
        (account(|item| item.hints.clear(), None), true, "changed settings, hints"),
        (account(|item| item.mode = AccountMode::Live, None), false, "changed mode"),
        (before.clone(), false, "changed nothing"),
    ];
    for (after, has_new_keys, what) in rows {
        let record = of_account(Some(&before), &after, has_new_keys, Some(Role::Admin)).unwrap();
        let expected = TeamRecord {
            subject: TeamSubject::Account(before.item.account.clone()),
            at: Time::FIRST,
            by: ada(),
            role: Some(Role::Admin),
            what: what.to_owned(),
            reason: Some(Reason::parse("a new contract").unwrap()),
        };
        assert_eq!(record, expected);
    }
    assert_eq!(of_account(None, &before, true, None).unwrap().what, "created");
}

#[test]
fn change_without_an_author_has_no_record() {
    let nobody = Noted { notes: Notes::default(), ..account(|_| (), None) };
    assert!(matches!(of_account(None, &nobody, true, None), Err(NotWritten::Refused(_))));
}

fn pro() -> Tier {
    Tier { name: TierName::parse("pro").unwrap(), rank: 1 }
}

fn product(minor: u64, points: u64) -> Product {
    let prices = vec![Money::new(minor, Currency::CNY).unwrap(), Money::new(199, Currency::USD).unwrap()];
    let grants = vec![
        Grant::Points(PointsGrant::new(points).unwrap()),
        Grant::Membership(MembershipGrant::new(pro(), 30).unwrap()),
        Grant::Quota(QuotaGrant::new(QuotaName::parse("queries").unwrap(), 9, 7).unwrap()),
    ];
    let (kind, id) = (ProductType::parse("points").unwrap(), ProductId::parse("500").unwrap());
    Product::new(kind, id, ProductName::parse("500 points").unwrap(), prices, grants).unwrap()
}

fn listed(product: Product, sort: u32) -> Noted<ListedProduct> {
    Noted { item: ListedProduct { product, sort, description: None }, notes: notes(None) }
}

#[test]
fn record_of_a_product_names_its_changed_fields() {
    let before = listed(product(990, 500), 1);
    let mut off = product(990, 500);
    off.active = false;
    let worth = product(990, 500).with_upgrade_worths(vec![Money::new(1, Currency::CNY).unwrap()]).unwrap();
    let mut described = before.clone();
    described.item.description = Some("a text".to_owned().into());
    let rows = [
        (listed(off, 2), "changed active=false, sort=2"),
        (listed(product(1_290, 500), 1), "changed prices=12.90 CNY + 1.99 USD"),
        (listed(product(990, 600), 1), "changed grants=600 points + pro for 30 days + 9 queries for 7 days"),
        (listed(worth, 1), "changed upgrade_worth"),
        (described, "changed description"),
    ];
    for (after, what) in rows {
        assert_eq!(of_product(Some(&before), &after, None).unwrap().what, what);
    }
    let created = of_product(None, &before, None).unwrap();
    assert_eq!((created.what.as_str(), created.role), ("created 9.90 CNY + 1.99 USD", None));
    assert_eq!(created.subject.to_string(), "product points/500");
}

#[test]
fn record_of_the_sales_has_what_buyers_are_told() {
    let told = [(Language::English, Announcement::parse("Back at noon").unwrap())];
    let suspended = Sales::Open.suspended(Time::FIRST, told.into());
    for (item, what) in [
        (suspended, "suspended, en: Back at noon"),
        (Sales::Open.suspended(Time::FIRST, [].into()), "suspended"),
        (Sales::Open, "resumed"),
    ] {
        let record = of_sales(&Noted { item, notes: notes(None) }, Some(Role::Admin)).unwrap();
        assert_eq!((record.subject, record.what.as_str(), record.by), (TeamSubject::Sales, what, ada()));
    }
}

#[test]
fn record_of_a_change_by_hand_says_what_was_given_and_taken() {
    let user = UserId::parse("u-1").unwrap();
    let reason = Reason::parse("goodwill").unwrap();
    let points = |points| Portion { points, ..Portion::default() };
    let time = Portion { membership: Some((pro().name, Seconds(86_410))), ..points(0) };
    let quota = Portion { quota: Some((QuotaName::parse("queries").unwrap(), 3)), ..points(7) };
    let rows = [
        (ByHand::Grant(product(990, 5).grants().to_vec()), "granted 5 points + pro for 30 days + 9 queries for 7 days"),
        (ByHand::Extend(MembershipGrant::new(pro(), 3).unwrap()), "extended pro for 3 days"),
        (ByHand::Revoke { asked: points(9), taken: points(4) }, "revoked 4 points of 9 points"),
        (ByHand::Revoke { asked: points(9), taken: points(0) }, "revoked nothing of 9 points"),
        (ByHand::Revoke { asked: quota.clone(), taken: quota }, "revoked 7 points + 3 queries"),
        (ByHand::Revoke { asked: time.clone(), taken: time }, "revoked 1 days 10 s of pro"),
    ];
    for (done, what) in rows {
        let entry = Entry::by_hand(Key::parse("k").unwrap(), done, reason.clone(), Time::FIRST, 1).unwrap();
        let record = of_entry(&user, &entry, &Caller::admin(ada())).unwrap();
        assert_eq!(record.what, what);
        assert_eq!(
            (record.subject, record.by, record.role),
            (TeamSubject::User(user.clone()), ada(), Some(Role::Admin))
        );
        assert_eq!((record.at, record.reason.as_ref()), (Time::FIRST, Some(&reason)));
    }
}

#[test]
fn other_entries_of_a_ledger_leave_no_record() {
    let user = UserId::parse("u-1").unwrap();
    let spent = Entry::spend(Key::parse("k").unwrap(), 1, None, Reason::parse("use").unwrap(), Time::FIRST, 1).unwrap();
    let granted = GrantRound::first(till_domain::id::OrderNo::mint(Time::FIRST, 1));
    let revoked = LedgerChange::Revoke { granted, points: 1, granted_in: None };
    for entry in [spent, Entry::new(revoked, Time::FIRST, 1).unwrap()] {
        assert_eq!(of_entry(&user, &entry, &Caller::admin(ada())), None);
    }
}

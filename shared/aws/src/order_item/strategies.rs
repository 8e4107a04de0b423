//! Orders for property tests: each field takes every value of its type, also ones that the rules never produce.

use std::fmt::Debug;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::{collection, option};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo, RefundIndex};
use till_domain::money::{MOST_MINOR, Money};
use till_domain::order::{
    About, Attempt, By, Cancelled, Cleared, Dispute, Duty, Facts, Figure, Fingerprint, Granting, Hold, Moment, Order,
    Payment, Policy, Refund, RefundId, Remedied, Remedy, Request, Slot, Sold, Stated, What,
};
use till_domain::product::{Grant, MembershipGrant, PointsGrant, QuotaGrant, Tier};
use till_domain::provider::Account;
use till_domain::text::{
    AccountId, Buyer, DisputeNo, Handle, Key, OutsideRefundNo, ProductId, ProductName, ProductType, QuotaName, Reason,
    TierName, TradeNo, UserId,
};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{Credit, GrantRound, Upgrade};

use crate::stored_words::Word;

macro_rules! texts {
    ($($make:ident: $kind:ident = $pattern:literal;)*) => {$(
        fn $make() -> impl Strategy<Value = $kind> {
            $pattern.prop_map(|text| $kind::parse(&text).unwrap())
        }
    )*};
}

texts! {
    user: UserId = "[A-Za-z0-9_.:@-]{1,128}";
    account_id: AccountId = "[A-Za-z0-9_-]{1,64}";
    trade: TradeNo = "[!-~]{1,128}";
    outside: OutsideRefundNo = "[!-~]{1,128}";
    dispute_no: DisputeNo = "[!-~]{1,128}";
    buyer: Buyer = "[^\\p{Cc}]{1,128}";
    handle: Handle = "[!-~]{1,1024}";
    kind: ProductType = "[a-z0-9_-]{1,32}";
    product: ProductId = "[A-Za-z0-9_.-]{1,64}";
    name: ProductName = "[^\\p{Cc}]{1,120}";
    tier_name: TierName = "[a-z0-9_-]{1,32}";
    quota_name: QuotaName = "[a-z0-9_-]{1,32}";
    reason: Reason = "[^\\p{Cc}]{1,200}";
    key: Key = "[!-~]{1,255}";
}

/// A struct of which each field is drawn separately.
macro_rules! structs {
    ($($make:ident: $kind:ident { $($field:ident: $from:expr),+ $(,)? })+) => {$(
        prop_compose! {
            fn $make()($($field in $from),+) -> $kind {
                $kind { $($field),+ }
            }
        }
    )+};
}

structs! {
    account: Account { provider: word(), id: account_id() }
    credit: Credit { source: granted(), credit: money(), kept: money(), worth: money() }
    granted: GrantRound { order: order_no(), round: 1_u8.. }
    sold: Sold {
        user: user(), kind: kind(), product: product(), name: name(), price: money(),
        grants: collection::vec(grant(), 0..8), upgrade: option::of(upgrade()),
        upgrade_worth: option::of(money()),
    }
    policy: Policy { late: word(), poll: any::<u32>().prop_map(Seconds), most_unanswered: any::<u8>() }
    attempt: Attempt {
        n: attempt_no(), method: word(), account: account(), state: word(), decline: option::of(word()),
        handle: option::of(handle()),
        payable_until: option::of(time()), is_final: any::<bool>(), unanswered: any::<u8>(), begun_at: time(),
        heard_of: any::<bool>(),
    }
    payment: Payment {
        trade_no: trade(), attempt: attempt_no(), account: account(), amount: money(), paid_at: time(),
        buyer: option::of(buyer()), role: word(),
    }
    refund: Refund {
        id: refund_id(), trade_no: trade(), account: account(), amount: money(), state: word(),
        ever_succeeded: any::<bool>(), revoke: any::<bool>(), reason: option::of(reason()), by: by(),
        request: option::of(request()), at: time(), no_balance: any::<bool>(), unanswered: any::<u8>(),
    }
    request: Request { key: key(), amount: option::of(money()) }
    dispute: Dispute { no: dispute_no(), trade_no: trade(), amount: money(), state: word() }
    figure: Figure {
        trade_no: trade(), total: option::of(money()), mixed: any::<bool>(), unclear: any::<bool>(),
        stated: any::<bool>(),
    }
    hold: Hold { word: word(), about: about() }
    cleared: Cleared { hold: hold(), by: user(), reason: reason(), at: time() }
    stated: Stated {
        payment: any::<u16>(), trade_no: trade(), evidence: reason(), by: user(), at: time(), proof: word(),
        given_up: any::<bool>(),
    }
    remedy: Remedy { word: word(), key: fingerprint(), request: fingerprint() }
    remedied: Remedied { at: time(), remedy: remedy() }
    slot: Slot { duty: duty(), tries: any::<u8>(), next: time(), owed: any::<bool>() }
    moment: Moment { at: time(), by: by(), what: what() }
    granting: Granting { round: any::<u8>(), granted: option::of(time()), revoked: option::of(time()) }
    cancelled: Cancelled { at: time(), why: word() }
    facts: Facts {
        no: order_no(), version: any::<u64>(), created_at: time(), expire_at: time(), sold: sold().prop_map(Arc::new),
        policy: policy(), attempts: few(attempt()), payments: few(payment()), refunds: few(refund()),
        disputes: few(dispute()), figures: few(figure()), cancelled: option::of(cancelled()),
        superseded: option::of(time()), granting: granting(), cleared: few(cleared()), told: few(hold()),
        reminded: any::<bool>(), schedule: few(slot()), timeline: few(moment()), stated: few(stated()),
        remedies: few(remedied()),
    }
}

pub(crate) fn any_order() -> impl Strategy<Value = Order> {
    facts().prop_map(Order::from_facts)
}

fn few<S: Strategy>(one: S) -> impl Strategy<Value = Vec<S::Value>> {
    collection::vec(one, 0..4)
}

fn fingerprint() -> impl Strategy<Value = Fingerprint> {
    any::<u128>().prop_map(Fingerprint)
}

fn word<W: Word + Debug>() -> impl Strategy<Value = W> {
    select(W::ALL)
}

fn time() -> impl Strategy<Value = Time> {
    (0_i64..=253_402_300_799).prop_map(|seconds| Time::from_unix(seconds).unwrap())
}

fn money() -> impl Strategy<Value = Money> {
    let currency = select(Currency::all().collect::<Vec<_>>());
    (0..=MOST_MINOR, currency).prop_map(|(minor, currency)| Money::new(minor, currency).unwrap())
}

fn attempt_no() -> impl Strategy<Value = AttemptNo> {
    (1_u8..=99).prop_map(|n| AttemptNo::new(n).unwrap())
}

fn order_no() -> impl Strategy<Value = OrderNo> {
    (time(), any::<u64>()).prop_map(|(at, chance)| OrderNo::mint(at.minus(Seconds::days(1)), chance))
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![Just(By::Buyer), Just(By::Provider), Just(By::Till), user().prop_map(By::Admin)]
}

/// A grant of the kind of one of the samples.
fn grant() -> impl Strategy<Value = Grant> {
    select(till_memory::samples::grants()).prop_flat_map(|sample| match sample {
        Grant::Points(_) => {
            (1_u64..=1_000_000_000).prop_map(|amount| Grant::Points(PointsGrant::new(amount).unwrap())).boxed()
        }
        Grant::Membership(_) => (tier_name(), any::<u8>(), 1_u32..=3_650)
            .prop_map(|(name, rank, days)| Grant::Membership(MembershipGrant::new(Tier { name, rank }, days).unwrap()))
            .boxed(),
        Grant::Quota(_) => (quota_name(), 1_u64..=1_000_000_000, 1_u32..=3_650)
            .prop_map(|(name, count, days)| Grant::Quota(QuotaGrant::new(name, count, days).unwrap()))
            .boxed(),
    })
}

fn upgrade() -> impl Strategy<Value = Upgrade> {
    collection::vec(credit(), 0..4).prop_map(|replaced| Upgrade { replaced })
}

fn refund_id() -> impl Strategy<Value = RefundId> {
    let ours = (1_u8..=99).prop_map(|n| RefundId::Ours(RefundIndex::new(n).unwrap()));
    prop_oneof![ours, outside().prop_map(RefundId::Theirs)]
}

fn about() -> impl Strategy<Value = About> {
    prop_oneof![
        any::<u16>().prop_map(About::Payment),
        any::<u16>().prop_map(About::Refund),
        any::<u16>().prop_map(About::Dispute),
        attempt_no().prop_map(About::Attempt),
        any::<u8>().prop_map(About::Round),
        any::<u8>().prop_map(About::Revoke),
    ]
}

fn duty() -> impl Strategy<Value = Duty> {
    prop_oneof![
        any::<u16>().prop_map(Duty::Return),
        any::<u16>().prop_map(Duty::SendRefund),
        Just(Duty::Grant),
        Just(Duty::Revoke),
        Just(Duty::Alarm),
        attempt_no().prop_map(Duty::Close),
        attempt_no().prop_map(Duty::Ask),
        any::<u16>().prop_map(Duty::AskRefund),
        Just(Duty::Remind),
        Just(Duty::Expire),
        attempt_no().prop_map(Duty::LastAsk),
    ]
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        select(vec![What::Created, What::Figure, What::Granted, What::Revoked, What::Superseded]),
        attempt_no().prop_map(What::Retried),
        attempt_no().prop_map(What::Opened),
        attempt_no().prop_map(What::Processing),
        attempt_no().prop_map(What::Failed),
        attempt_no().prop_map(What::Closed),
        (attempt_no(), word()).prop_map(|(n, role)| What::Paid(n, role)),
        word().prop_map(What::Cancelled),
        (any::<u16>(), word()).prop_map(|(place, state)| What::Refund(place, state)),
        word().prop_map(What::Dispute),
        word().prop_map(What::Resolved),
        attempt_no().prop_map(What::Stated),
        attempt_no().prop_map(What::Denied),
    ]
}

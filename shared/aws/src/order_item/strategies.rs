//! Every order that there can be: each field over all that its type holds, far beyond what the rules would make.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::{collection, option};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo, RefundIndex};
use till_domain::money::{MOST_MINOR, Money};
use till_domain::order::{
    About, Attempt, AttemptState, By, Cancelled, Cleared, Dispute, DisputeState, Duty, Facts, Figure, Granting, Hold,
    HoldWord, LatePolicy, Moment, Order, Payment, Policy, Refund, RefundId, RefundState, Request, Role, Slot, Sold,
    What, Why,
};
use till_domain::product::{Grant, MembershipGrant, PointsGrant, QuotaGrant, Tier};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{
    AccountId, Buyer, DisputeNo, Handle, Key, OutsideRefundNo, ProductId, ProductName, ProductType, QuotaName, Reason,
    TierName, TradeNo, UserId,
};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{Credit, GrantRound, Upgrade};

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

/// A struct of which each field is drawn by itself.
macro_rules! structs {
    ($($make:ident: $kind:ident { $($field:ident: $from:expr),+ $(,)? })+) => {$(
        fn $make() -> impl Strategy<Value = $kind> {
            ($($from),+).prop_map(|($($field),+)| $kind { $($field),+ })
        }
    )+};
}

structs! {
    account: Account { provider: select(Provider::ALL.to_vec()), id: account_id() }
    credit: Credit { source: granted(), credit: money(), kept: money(), worth: money() }
    granted: GrantRound { order: order_no(), round: 1_u8.. }
    sold: Sold {
        user: user(), kind: kind(), product: product(), name: name(), price: money(),
        grants: collection::vec(grant(), 0..8), upgrade: option::of(upgrade()),
    }
    attempt: Attempt {
        n: attempt_no(), method: select(Method::ALL.to_vec()), account: account(), state: attempt_state(),
        handle: option::of(handle()), payable_until: option::of(time()), is_final: any::<bool>(),
        unanswered: any::<u8>(), begun_at: time(), heard_of: any::<bool>(),
    }
    payment: Payment {
        trade_no: trade(), attempt: attempt_no(), account: account(), amount: money(), paid_at: time(),
        buyer: option::of(buyer()), role: role(),
    }
    request: Request { key: key(), amount: option::of(money()) }
    dispute: Dispute { no: dispute_no(), trade_no: trade(), amount: money(), state: dispute_state() }
    figure: Figure {
        trade_no: trade(), total: option::of(money()), mixed: any::<bool>(), unclear: any::<bool>(),
        stated: any::<bool>(),
    }
    hold: Hold { word: select(HoldWord::ALL.to_vec()), about: about() }
    cleared: Cleared { hold: hold(), by: user(), reason: reason(), at: time() }
    slot: Slot { duty: duty(), tries: any::<u8>(), next: time(), owed: any::<bool>() }
    moment: Moment { at: time(), by: by(), what: what() }
    granting: Granting { round: any::<u8>(), granted: option::of(time()), revoked: option::of(time()) }
    cancelled: Cancelled { at: time(), why: why() }
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

fn refund_state() -> impl Strategy<Value = RefundState> {
    use RefundState::{Abnormal, Failed, Processing, Requested, Succeeded};
    select(vec![Requested, Processing, Abnormal, Succeeded, Failed])
}

fn role() -> impl Strategy<Value = Role> {
    select(vec![Role::Kept, Role::Extra, Role::Odd])
}

fn dispute_state() -> impl Strategy<Value = DisputeState> {
    select(vec![DisputeState::Opened, DisputeState::Won, DisputeState::Lost])
}

fn why() -> impl Strategy<Value = Why> {
    select(vec![Why::User, Why::Expired, Why::Admin])
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

fn attempt_state() -> impl Strategy<Value = AttemptState> {
    use AttemptState::{Closed, Failed, Open, Opening, Paid, Processing};
    select(vec![Opening, Open, Processing, Failed, Closed, Paid])
}

fn refund() -> impl Strategy<Value = Refund> {
    let id = prop_oneof![
        (1_u8..=99).prop_map(|n| RefundId::Ours(RefundIndex::new(n).unwrap())),
        outside().prop_map(RefundId::Theirs),
    ];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<u8>());
    (id, trade(), account(), money(), refund_state(), option::of(reason()), by(), option::of(request()), time(), flags)
        .prop_map(|(id, trade_no, account, amount, state, reason, by, request, at, flags)| {
            let (ever_succeeded, revoke, no_balance, unanswered) = flags;
            Refund {
                id,
                trade_no,
                account,
                amount,
                state,
                ever_succeeded,
                revoke,
                reason,
                by,
                request,
                at,
                no_balance,
                unanswered,
            }
        })
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
        (attempt_no(), role()).prop_map(|(n, role)| What::Paid(n, role)),
        why().prop_map(What::Cancelled),
        (any::<u16>(), refund_state()).prop_map(|(place, state)| What::Refund(place, state)),
        dispute_state().prop_map(What::Dispute),
        select(HoldWord::ALL.to_vec()).prop_map(What::Resolved),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    (select(vec![LatePolicy::Fulfil, LatePolicy::Refund]), any::<u32>(), any::<u8>())
        .prop_map(|(late, poll, most_unanswered)| Policy { late, poll: Seconds(poll), most_unanswered })
}

pub(crate) fn any_order() -> impl Strategy<Value = Order> {
    let few = 0..4_usize;
    let head = (order_no(), any::<u64>(), time(), time(), sold(), policy());
    let lists = (
        collection::vec(attempt(), few.clone()),
        collection::vec(payment(), few.clone()),
        collection::vec(refund(), few.clone()),
        collection::vec(dispute(), few.clone()),
        collection::vec(figure(), few.clone()),
    );
    let ends = (option::of(cancelled()), option::of(time()), granting(), any::<bool>());
    let lines = (
        collection::vec(cleared(), few.clone()),
        collection::vec(hold(), few.clone()),
        collection::vec(slot(), few.clone()),
        collection::vec(moment(), few),
    );
    (head, lists, ends, lines).prop_map(|(head, lists, ends, lines)| {
        let (no, version, created_at, expire_at, sold, policy) = head;
        let (attempts, payments, refunds, disputes, figures) = lists;
        let (cancelled, superseded, granting, reminded) = ends;
        let (cleared, told, schedule, timeline) = lines;
        Order::from_facts(Facts {
            no,
            version,
            created_at,
            expire_at,
            sold: Arc::new(sold),
            policy,
            attempts,
            payments,
            refunds,
            disputes,
            figures,
            cancelled,
            superseded,
            granting,
            cleared,
            told,
            reminded,
            schedule,
            timeline,
        })
    })
}

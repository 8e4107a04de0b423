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
use till_domain::wallet::{Credit, Granted, Upgrade};

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

fn account() -> impl Strategy<Value = Account> {
    (select(Provider::ALL.to_vec()), account_id()).prop_map(|(provider, id)| Account { provider, id })
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

fn grant() -> impl Strategy<Value = Grant> {
    let membership = (tier_name(), any::<u8>(), 1_u32..=3_650)
        .prop_map(|(name, rank, days)| Grant::Membership(MembershipGrant::new(Tier { name, rank }, days).unwrap()));
    prop_oneof![
        (1_u64..=1_000_000_000).prop_map(|amount| Grant::Points(PointsGrant::new(amount).unwrap())),
        membership,
        (quota_name(), 1_u64..=1_000_000_000, 1_u32..=3_650)
            .prop_map(|(name, count, days)| Grant::Quota(QuotaGrant::new(name, count, days).unwrap())),
    ]
}

fn upgrade() -> impl Strategy<Value = Upgrade> {
    let credit = (order_no(), 1_u8.., money(), money(), money()).prop_map(|(order, round, credit, kept, worth)| {
        Credit { source: Granted { order, round }, credit, kept, worth }
    });
    collection::vec(credit, 0..4).prop_map(|replaced| Upgrade { replaced })
}

fn sold() -> impl Strategy<Value = Sold> {
    (user(), kind(), product(), name(), money(), collection::vec(grant(), 0..8), option::of(upgrade())).prop_map(
        |(user, kind, product, name, price, grants, upgrade)| Sold {
            user,
            kind,
            product,
            name,
            price,
            grants,
            upgrade,
        },
    )
}

fn attempt() -> impl Strategy<Value = Attempt> {
    use AttemptState::{Closed, Failed, Open, Opening, Paid, Processing};
    let state = select(vec![Opening, Open, Processing, Failed, Closed, Paid]);
    let method = select(Method::ALL.to_vec());
    let flags = (any::<bool>(), any::<bool>(), any::<u8>());
    (attempt_no(), method, account(), state, option::of(handle()), option::of(time()), time(), flags).prop_map(
        |(n, method, account, state, handle, payable_until, begun_at, (is_final, heard_of, unanswered))| Attempt {
            n,
            method,
            account,
            state,
            handle,
            payable_until,
            is_final,
            unanswered,
            begun_at,
            heard_of,
        },
    )
}

fn payment() -> impl Strategy<Value = Payment> {
    (trade(), attempt_no(), account(), money(), time(), option::of(buyer()), role()).prop_map(
        |(trade_no, attempt, account, amount, paid_at, buyer, role)| Payment {
            trade_no,
            attempt,
            account,
            amount,
            paid_at,
            buyer,
            role,
        },
    )
}

fn refund() -> impl Strategy<Value = Refund> {
    let id = prop_oneof![
        (1_u8..=99).prop_map(|n| RefundId::Ours(RefundIndex::new(n).unwrap())),
        outside().prop_map(RefundId::Theirs),
    ];
    let request = option::of((key(), option::of(money())).prop_map(|(key, amount)| Request { key, amount }));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<u8>());
    (id, trade(), account(), money(), refund_state(), option::of(reason()), by(), request, time(), flags).prop_map(
        |(id, trade_no, account, amount, state, reason, by, request, at, flags)| {
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
        },
    )
}

fn dispute() -> impl Strategy<Value = Dispute> {
    (dispute_no(), trade(), money(), dispute_state()).prop_map(|(no, trade_no, amount, state)| Dispute {
        no,
        trade_no,
        amount,
        state,
    })
}

fn figure() -> impl Strategy<Value = Figure> {
    (trade(), option::of(money()), any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(trade_no, total, mixed, unclear, stated)| Figure { trade_no, total, mixed, unclear, stated })
}

fn hold() -> impl Strategy<Value = Hold> {
    let about = prop_oneof![
        any::<u16>().prop_map(About::Payment),
        any::<u16>().prop_map(About::Refund),
        any::<u16>().prop_map(About::Dispute),
        attempt_no().prop_map(About::Attempt),
        any::<u8>().prop_map(About::Round),
        any::<u8>().prop_map(About::Revoke),
    ];
    (select(HoldWord::ALL.to_vec()), about).prop_map(|(word, about)| Hold { word, about })
}

fn cleared() -> impl Strategy<Value = Cleared> {
    (hold(), user(), reason(), time()).prop_map(|(hold, by, reason, at)| Cleared { hold, by, reason, at })
}

fn slot() -> impl Strategy<Value = Slot> {
    let duty = prop_oneof![
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
    ];
    (duty, any::<u8>(), time(), any::<bool>()).prop_map(|(duty, tries, next, owed)| Slot { duty, tries, next, owed })
}

fn moment() -> impl Strategy<Value = Moment> {
    let what = prop_oneof![
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
    ];
    (time(), by(), what).prop_map(|(at, by, what)| Moment { at, by, what })
}

fn policy() -> impl Strategy<Value = Policy> {
    (select(vec![LatePolicy::Fulfil, LatePolicy::Refund]), any::<u32>(), any::<u8>())
        .prop_map(|(late, poll, most_unanswered)| Policy { late, poll: Seconds(poll), most_unanswered })
}

fn granting() -> impl Strategy<Value = Granting> {
    (any::<u8>(), option::of(time()), option::of(time())).prop_map(|(round, granted, revoked)| Granting {
        round,
        granted,
        revoked,
    })
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
    let cancelled = option::of((time(), why()).prop_map(|(at, why)| Cancelled { at, why }));
    let ends = (cancelled, option::of(time()), granting(), any::<bool>());
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

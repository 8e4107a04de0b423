//! Every constructor takes what is within its limits, refuses the rest with a typed error, and never panics.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo, RefundIndex};
use till_domain::money::{MOST_MINOR, Money};
use till_domain::product::{
    Grant, MOST_GRANTS, MOST_PRICES, MembershipGrant, PointsGrant, Product, QuotaGrant, Tier, membership_of,
};
use till_domain::provider::{Method, Provider};
use till_domain::text::{
    AccountId, Buyer, DisputeNo, Handle, Key, OutsideRefundNo, ProductId, ProductName, ProductType, QuotaName, Reason,
    TierName, TradeNo, UserId,
};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{
    ByHand, Change, Credit, Ended, Entry, Giver, GrantRound, Lot, Parts, PointsByHand, Portion, Replaced, Span,
    TakenPoints, Upgrade, Wallet,
};

use crate::{config, samples};

fn text() -> impl Strategy<Value = String> {
    let lossy = vec(any::<u8>(), 0..300).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    prop_oneof!["\\PC*", "[ -~]{0,300}", "[a-zA-Z0-9_.:@-]{0,300}", "[a-z0-9_-]{0,40}", lossy]
}

fn money() -> impl Strategy<Value = Money> {
    let currency = select(vec![Currency::CNY, Currency::USD, Currency::JPY]);
    (prop_oneof![0..3_u64, 0..=MOST_MINOR], currency).prop_map(|(minor, currency)| Money::new(minor, currency).unwrap())
}

fn tier() -> impl Strategy<Value = Tier> {
    any::<u8>().prop_map(|rank| Tier { name: TierName::parse("gold").unwrap(), rank })
}

/// Grants of every kind that there is a sample of.
fn grant() -> impl Strategy<Value = Grant> {
    let of_kind = |sample| match sample {
        Grant::Points(_) => {
            (3, (1..=1_000_000_000_u64).prop_map(|n| Grant::Points(PointsGrant::new(n).unwrap())).boxed())
        }
        Grant::Membership(_) => {
            let membership = |(tier, days)| Grant::Membership(MembershipGrant::new(tier, days).unwrap());
            (1, (tier(), 1..=3_650_u32).prop_map(membership).boxed())
        }
        Grant::Quota(_) => {
            let quota = |(count, days)| QuotaGrant::new(QuotaName::parse("export").unwrap(), count, days).unwrap();
            (3, (1..=9_u64, 1..=3_650_u32).prop_map(move |drawn| Grant::Quota(quota(drawn))).boxed())
        }
    };
    Union::new_weighted(samples::grants().into_iter().map(of_kind).collect())
}

fn granted() -> impl Strategy<Value = GrantRound> {
    (any::<u64>(), 0..=2_u8).prop_map(|(n, round)| GrantRound { order: OrderNo::mint(Time::FIRST, n), round })
}

fn time() -> impl Strategy<Value = Time> {
    (0..=253_402_300_799_i64).prop_map(|unix| Time::from_unix(unix).unwrap())
}

fn upgrade() -> impl Strategy<Value = Upgrade> {
    let credit = (granted(), money(), money(), money());
    let credit = credit.prop_map(|(source, credit, kept, worth)| Credit { source, credit, kept, worth });
    vec(credit, 0..3).prop_map(|replaced| Upgrade { replaced })
}

/// Changes of every kind that there is a sample of, sound or not.
fn change() -> impl Strategy<Value = Change> {
    let of_kind = |sample: Entry| match sample.change() {
        Change::Grant { .. } => (granted(), vec(grant(), 0..10), money(), prop::option::of(upgrade()))
            .prop_map(|(granted, grants, kept, upgrade)| Change::Grant { granted, grants, kept, upgrade })
            .boxed(),
        Change::Revoke { .. } => {
            let number = || prop_oneof![0..3_u64, any::<u64>()];
            (granted(), number(), prop::option::of(number()))
                .prop_map(|(granted, points, granted_in)| Change::Revoke { granted, points, granted_in })
                .boxed()
        }
        Change::Spend { .. } => {
            let quota = (Just(QuotaName::parse("export").unwrap()), prop_oneof![Just(0), any::<u64>()]);
            let spend = (prop_oneof![Just(0), any::<u64>()], prop::option::of(quota));
            let (key, reason) = (Key::parse("k").unwrap(), Reason::parse("r").unwrap());
            let change =
                move |(points, quota)| Change::Spend { key: key.clone(), points, quota, reason: reason.clone() };
            spend.prop_map(change).boxed()
        }
        Change::Admin { key, done, reason } => {
            let (key, reason) = (key.clone(), reason.clone());
            let change = move |done| Change::Admin { key: key.clone(), done, reason: reason.clone() };
            by_hand(done).prop_map(change).boxed()
        }
    };
    Union::new(samples::entries().into_iter().map(of_kind))
}

fn by_hand(of_kind: &ByHand) -> BoxedStrategy<ByHand> {
    match of_kind {
        ByHand::Grant(_) => vec(grant(), 0..10).prop_map(ByHand::Grant).boxed(),
        ByHand::Extend(_) => {
            let membership = |(tier, days)| MembershipGrant::new(tier, days).unwrap();
            (tier(), 1..=3_650_u32).prop_map(membership).prop_map(ByHand::Extend).boxed()
        }
        ByHand::Revoke { .. } => {
            (portion(), portion()).prop_map(|(asked, taken)| ByHand::Revoke { asked, taken }).boxed()
        }
    }
}

fn portion() -> impl Strategy<Value = Portion> {
    let quota = prop_oneof![0..3_u64, any::<u64>()].prop_map(|count| (QuotaName::parse("export").unwrap(), count));
    let time = prop_oneof![0..3_u32, any::<u32>()].prop_map(|time| (TierName::parse("gold").unwrap(), Seconds(time)));
    (prop_oneof![0..3_u64, any::<u64>()], prop::option::of(quota), prop::option::of(time))
        .prop_map(|(points, quota, membership)| Portion { points, quota, membership })
}

fn points_by_hand() -> impl Strategy<Value = PointsByHand> {
    let number = || prop_oneof![4 => 0..9_u64, 1 => any::<u64>()];
    let taken = (number(), number()).prop_map(|(version, points)| TakenPoints { version, points });
    (number(), vec(taken, 0..3)).prop_map(|(given, taken)| PointsByHand { given, taken })
}

fn giver() -> impl Strategy<Value = Giver> {
    prop_oneof![4 => granted().prop_map(Giver::Order), 1 => Just(Giver::Admin(Key::parse("case-1").unwrap()))]
}

fn is_sound(done: &ByHand) -> bool {
    match done {
        ByHand::Grant(grants) => {
            let memberships = grants.iter().filter(|grant| matches!(grant, Grant::Membership(_))).count();
            (1..=MOST_GRANTS).contains(&grants.len()) && memberships <= 1
        }
        ByHand::Extend(_) => true,
        ByHand::Revoke { asked, taken } => {
            let number = |quota: &Option<(QuotaName, u64)>| quota.as_ref().map(|(_, count)| *count);
            let time = |membership: &Option<(TierName, Seconds)>| membership.as_ref().map(|(_, time)| time.0);
            let (quota, membership) = (number(&asked.quota), time(&asked.membership));
            asked.points <= 1_000_000_000
                && taken.points <= asked.points
                && quota.is_none_or(|count| (1..=1_000_000_000).contains(&count))
                && membership.is_none_or(|time| (1..=3_650 * 86_400).contains(&time))
                && (quota.is_some(), membership.is_some()) == (taken.quota.is_some(), taken.membership.is_some())
                && number(&taken.quota) <= quota
                && time(&taken.membership) <= membership
        }
    }
}

fn ended() -> impl Strategy<Value = Ended> {
    (tier(), time()).prop_map(|(tier, at)| Ended { tier, at })
}

fn span() -> impl Strategy<Value = Span> {
    let seconds = || prop_oneof![Just(0), any::<u32>()].prop_map(Seconds);
    let leaf = move || {
        (giver(), tier(), seconds(), seconds(), money()).prop_map(|(source, tier, left, used, worth)| Span {
            source,
            tier,
            left,
            used,
            worth,
            replaced: Vec::new(),
        })
    };
    leaf().prop_recursive(14, 20, 2, move |inner| {
        (leaf(), vec((inner, money()), 0..3)).prop_map(|(mut outer, inner)| {
            outer.replaced = inner.into_iter().map(|(span, credit)| Replaced { span, credit }).collect();
            outer
        })
    })
}

fn parts() -> impl Strategy<Value = Parts> {
    let lot = (giver(), any::<u64>(), time()).prop_map(|(source, left, ends_at)| {
        let left = if left % 2 == 0 { left } else { left % 9 };
        Lot { source, name: QuotaName::parse("export").unwrap(), left, ends_at }
    });
    let number = prop_oneof![0..9_u64, any::<u64>()];
    let points = prop_oneof![-9..9_i64, any::<i64>()];
    (number, time(), points, points_by_hand(), vec(span(), 0..3), vec(lot, 0..3), prop::option::of(ended())).prop_map(
        |(version, at, points, points_by_hand, spans, lots, ended)| Parts {
            version,
            at,
            points,
            points_by_hand,
            spans,
            lots,
            ended,
        },
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn texts_are_within_their_length_and_free_of_control_characters(text in text()) {
        macro_rules! check {
            ($($kind:ident $most:literal)*) => {$(
                match $kind::parse(&text) {
                    Ok(parsed) => {
                        prop_assert_eq!(parsed.as_str(), &text);
                        prop_assert!((1..=$most).contains(&text.chars().count()) && !text.contains(char::is_control));
                    }
                    Err(bad) => prop_assert!(bad.rule.starts_with(concat!("1 to ", $most)), "{}", bad),
                }
            )*};
        }
        check!(UserId 128 AccountId 64 TradeNo 128 OutsideRefundNo 128 DisputeNo 128 Buyer 128 Handle 1024 ProductType 32
            ProductId 64 ProductName 120 TierName 32 QuotaName 32 Reason 200 Key 255);
    }

    #[test]
    fn words_are_known_or_refused(text in prop_oneof![text(), "[a-zA-Z]{3}", "(wechat|alipay|stripe)[a-z_]{0,9}"]) {
        if let Ok(currency) = Currency::parse(&text) {
            prop_assert!(currency.code().eq_ignore_ascii_case(&text));
        }
        if let Ok(method) = Method::parse(&text) {
            prop_assert!(method.as_str().starts_with(&text.to_ascii_lowercase()));
            prop_assert!(Provider::ALL.contains(&method.provider()));
        }
    }

    #[test]
    fn numbers_are_within_their_limits(n in prop_oneof![0..200_u64, any::<u64>()], unix in any::<i64>()) {
        let small = u8::try_from(n).unwrap_or(u8::MAX);
        let days = u32::try_from(n).unwrap_or(u32::MAX);
        let in_ten_years = (1..=3_650).contains(&days);
        let name = || QuotaName::parse("export").unwrap();
        let tier = Tier { name: TierName::parse("gold").unwrap(), rank: small };
        prop_assert_eq!(AttemptNo::new(small).map(AttemptNo::get), (1..=99).contains(&small).then_some(small));
        prop_assert_eq!(RefundIndex::new(small).map(RefundIndex::get), (1..=99).contains(&small).then_some(small));
        prop_assert_eq!(PointsGrant::new(n).is_ok(), (1..=1_000_000_000).contains(&n));
        prop_assert_eq!(QuotaGrant::new(name(), n, 1).is_ok(), (1..=1_000_000_000).contains(&n));
        prop_assert_eq!(QuotaGrant::new(name(), 1, days).is_ok(), in_ten_years);
        prop_assert_eq!(MembershipGrant::new(tier, days).is_ok(), in_ten_years);
        prop_assert_eq!(Time::from_unix(unix).is_ok(), (0..=253_402_300_799).contains(&unix));
    }

    #[test]
    fn product_takes_one_price_a_currency_and_one_membership(
        prices in vec((0..3_u64, select(Currency::all().collect::<Vec<_>>())), 0..5),
        more in 0..40_usize,
        grants in vec(grant(), 0..10),
    ) {
        let few = prices.into_iter().map(|(minor, currency)| Money::new(minor, currency).unwrap());
        let many = Currency::all().take(more.saturating_sub(20)).map(|currency| Money::new(1, currency).unwrap());
        let prices: Vec<Money> = few.chain(many).collect();
        let (kind, id) = (ProductType::parse("package").unwrap(), ProductId::parse("7").unwrap());
        let product = Product::new(kind, id, ProductName::parse("Seven").unwrap(), prices.clone(), grants.clone());
        let one_each = prices.iter().all(|p| prices.iter().filter(|q| q.currency() == p.currency()).count() == 1);
        let memberships = grants.iter().filter(|grant| matches!(grant, Grant::Membership(_))).count();
        let sound = (1..=MOST_PRICES).contains(&prices.len())
            && prices.iter().all(|price| !price.is_zero())
            && one_each
            && (1..=MOST_GRANTS).contains(&grants.len())
            && memberships <= 1;
        prop_assert_eq!(product.is_ok(), sound, "{:?}", product);
        if let Ok(product) = product {
            prop_assert!(prices.iter().all(|price| product.price_in(price.currency()) == Some(*price)));
            prop_assert_eq!(product.membership(), membership_of(&grants));
        }
    }

    #[test]
    fn entry_is_checked_and_applied_without_a_panic(change in change(), at in time(), version in 0..3_u64) {
        let sound = match &change {
            Change::Grant { granted, grants, upgrade, .. } => {
                let memberships = grants.iter().filter(|grant| matches!(grant, Grant::Membership(_))).count();
                let needed = usize::from(upgrade.is_some());
                granted.round > 0 && grants.len() <= MOST_GRANTS && (needed..=1).contains(&memberships)
            }
            Change::Revoke { granted, .. } => granted.round > 0,
            Change::Spend { points, quota, .. } => quota.as_ref().map_or(*points > 0, |(_, count)| *count > 0),
            Change::Admin { done, .. } => is_sound(done),
        };
        let entry = Entry::new(change, at, version);
        prop_assert_eq!(entry.is_ok(), sound, "{:?}", entry);
        if let Ok(entry) = entry {
            let mut wallet = Wallet::new();
            let applied = wallet.apply(&entry);
            prop_assert_eq!(wallet.version(), u64::from(applied.is_ok()));
            prop_assert!(version == 1 || applied.is_err());
        }
    }

    #[test]
    fn parts_make_a_wallet_that_works_or_are_refused(parts in parts(), change in change(), at in time(), later in time()) {
        let Ok(mut wallet) = Wallet::from_parts(parts) else { return Ok(()) };
        prop_assert_eq!(Wallet::from_parts(wallet.clone().into_parts()), Ok(wallet.clone()));
        if let Ok(entry) = Entry::new(change, at, wallet.next_version()) {
            let _ = wallet.apply(&entry);
        }
        let wallet = wallet.at(later);
        prop_assert!(Wallet::from_parts(wallet.into_parts()).is_ok());
    }
}

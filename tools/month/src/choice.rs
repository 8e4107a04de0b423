//! What buyers choose: when they come, what they buy, how they pay, and what becomes of it.

use till_domain::currency::Currency;
use till_domain::day::Day;
use till_domain::money::Money;
use till_domain::order::Decline;
use till_domain::product::Product;
use till_domain::provider::{Method, Provider};
use till_domain::time::{Seconds, Time};

use crate::random::Random;

/// Visitors of each hour in China, in parts of a whole day: few at night, most in the evening.
const HOURS: [u32; 24] = [18, 10, 6, 4, 3, 5, 12, 24, 36, 48, 56, 60, 62, 54, 50, 52, 54, 56, 60, 70, 82, 84, 62, 36];

/// Monday first: more at the end of the week.
const WEEKDAYS: [u32; 7] = [92, 90, 94, 98, 110, 124, 118];

/// 1 January 1970 was a Thursday.
const FIRST_WEEKDAY: i64 = 3;

const METHODS: [(u32, Method); 8] = [
    (32, Method::WechatNative),
    (15, Method::WechatJsapi),
    (6, Method::WechatH5),
    (18, Method::AlipayQr),
    (9, Method::AlipayPage),
    (8, Method::AlipayWap),
    (8, Method::StripeCheckout),
    (4, Method::StripeIntent),
];

const DECLINES: [(u32, Decline); 7] = [
    (30, Decline::Declined),
    (28, Decline::InsufficientFunds),
    (10, Decline::ExpiredCard),
    (14, Decline::AuthenticationFailed),
    (9, Decline::WrongDetails),
    (5, Decline::ProviderError),
    (4, Decline::Other),
];

/// What becomes of an order until it is paid or ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Course {
    Paid,
    /// Declined first, and then paid on the same page of the provider.
    PaidAfterDecline,
    PaidByRetry,
    /// Paid after its end, and kept.
    PaidLate,
    /// Paid after its end, where late money goes back.
    ReturnedLate,
    PaidTwice,
    OddInReview,
    OddAccepted,
    OddReturned,
    Abandoned,
    /// Declined, and then abandoned.
    Declined,
    /// The provider calls the attempt failed.
    Failed,
    CancelledByBuyer,
    CancelledByTeam,
}

impl Course {
    /// Of a thousand orders.
    pub const SHARES: [(u32, Self); 14] = [
        (618, Self::Paid),
        (34, Self::PaidAfterDecline),
        (42, Self::PaidByRetry),
        (9, Self::PaidLate),
        (3, Self::ReturnedLate),
        (6, Self::PaidTwice),
        (2, Self::OddInReview),
        (1, Self::OddAccepted),
        (2, Self::OddReturned),
        (168, Self::Abandoned),
        (32, Self::Declined),
        (9, Self::Failed),
        (66, Self::CancelledByBuyer),
        (8, Self::CancelledByTeam),
    ];
}

/// What becomes of an order after it is paid.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum After {
    Nothing,
    Refund,
    RefundInPart,
    RefundWithRevoke,
    /// Made at the provider, by hand.
    RefundElsewhere,
    /// It succeeded, and failed days later.
    RefundFails,
    /// The provider says that something went back, and not how much.
    Unclear,
    DisputeOpen,
    DisputeWon,
    DisputeLost,
}

impl After {
    /// Of a thousand paid orders.
    pub const SHARES: [(u32, Self); 10] = [
        (953, Self::Nothing),
        (20, Self::Refund),
        (11, Self::RefundInPart),
        (3, Self::RefundWithRevoke),
        (4, Self::RefundElsewhere),
        (1, Self::RefundFails),
        (1, Self::Unclear),
        (2, Self::DisputeOpen),
        (2, Self::DisputeWon),
        (3, Self::DisputeLost),
    ];
}

pub fn instant(random: &mut Random, first: Day, days: u32) -> Time {
    let choices: Vec<(u32, Day)> = (0..days.max(1)).map(|n| first.plus(n)).map(|day| (weight(day), day)).collect();
    let day = random.weighted(&choices).unwrap_or(first);
    let hours: Vec<(u32, u32)> = HOURS.into_iter().zip(0..).collect();
    let hour = random.weighted(&hours).unwrap_or(12);
    day.start().plus(Seconds::hours(hour)).plus(Seconds(random.below(3_600)))
}

fn weight(day: Day) -> u32 {
    let number = day.end().unix() / 86_400 - 1;
    let weekday = (number + FIRST_WEEKDAY).rem_euclid(7);
    usize::try_from(weekday).ok().and_then(|place| WEEKDAYS.get(place).copied()).unwrap_or(100)
}

pub fn method(random: &mut Random) -> Method {
    random.weighted(&METHODS).unwrap_or(Method::WechatNative)
}

pub fn decline(random: &mut Random) -> Decline {
    random.weighted(&DECLINES).unwrap_or(Decline::Other)
}

/// A product and its price by this method: dear ones are bought less often. Without a price that the provider takes it is
/// passed over.
pub fn product<'a>(random: &mut Random, products: &'a [Product], method: Method) -> Option<(&'a Product, Money)> {
    let provider = method.provider();
    let offered = products.iter().filter(|product| product.active).filter_map(|product| {
        let price = price(product, provider)?;
        let weight = 1_000_000 / price.minor().max(100);
        Some((u32::try_from(weight).unwrap_or(1).max(1), (product, price)))
    });
    random.weighted(&offered.collect::<Vec<_>>())
}

/// Buyers at Stripe pay in dollars where there is such a price.
fn price(product: &Product, provider: Provider) -> Option<Money> {
    let wanted = match provider {
        Provider::WeChat | Provider::Alipay => product.price_in(Currency::CNY),
        Provider::Stripe => product.price_in(Currency::USD).or_else(|| product.prices().first().copied()),
    };
    wanted.filter(|price| price.minor() >= provider.least_minor(price.currency()))
}

/// A few users come often, and most of them once or twice.
pub fn user(random: &mut Random, users: u32) -> u32 {
    let draw = |random: &mut Random| u64::from(random.below(users.max(1)));
    let (one, other) = (draw(random), draw(random));
    u32::try_from(one * other / u64::from(users.max(1))).unwrap_or(0)
}

/// How long a buyer takes to pay: scanning is quick, and some hesitate.
pub fn time_to_pay(random: &mut Random, method: Method, most: Seconds) -> Seconds {
    let base = if method.is_qr_code() { 12 } else { 35 };
    let hesitation = random.weighted(&[(70, 40), (22, 180), (8, 900)]).unwrap_or(40);
    Seconds((base + random.below(hesitation)).min(most.0))
}

/// How soon goods come after the payment: mostly at once, rarely by the sweep.
pub fn time_to_grant(random: &mut Random) -> Seconds {
    let (first, last) = random.weighted(&[(900, (0, 2)), (90, (2, 6)), (10, (60, 180))]).unwrap_or((0, 2));
    Seconds(random.between(first, last))
}

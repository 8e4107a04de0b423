//! Which orders a list shows.

use till_domain::currency::Currency;
use till_domain::day::{Day, Days};
use till_domain::id::OrderNo;
use till_domain::money::{MOST_MINOR, Money};
use till_domain::order::{Fulfilment, HoldWord, Order, Status};
use till_domain::provider::{Method, Provider};
use till_domain::text::{AccountId, UserId};
use till_domain::time::Time;
use till_lambda::problem::Problem;
use till_lambda::routes::Call;

use crate::Action;
use crate::query::{days, text, value, word};
use crate::rows::paid_by;

pub const PARAMETERS: [&str; 12] = [
    "from",
    "to",
    "status",
    "fulfilment",
    "method",
    "provider",
    "account",
    "user",
    "hold",
    "currency",
    "least",
    "most",
];

/// The word for orders with any hold.
const ANY_HOLD: &str = "any";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Held {
    Any,
    By(HoldWord),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filter {
    pub days: Days,
    pub user: Option<UserId>,
    status: Option<Status>,
    fulfilment: Option<Fulfilment>,
    method: Option<Method>,
    provider: Option<Provider>,
    account: Option<AccountId>,
    hold: Option<Held>,
    currency: Option<Currency>,
    least: Option<Money>,
    most: Option<Money>,
}

impl Filter {
    pub fn read(call: &Call<'_, Action>, now: Time) -> Result<Self, Problem> {
        let currency = value(call, "currency", Currency::parse)?;
        let (least, most) = (amount(call, "least", currency)?, amount(call, "most", currency)?);
        let bound = least.or(most).map(till_domain::money::Money::currency);
        Ok(Self {
            days: days(call, now)?,
            user: value(call, "user", UserId::parse)?,
            status: word(call, "status", &Status::ALL, Status::as_str)?,
            fulfilment: word(call, "fulfilment", &Fulfilment::ALL, Fulfilment::as_str)?,
            method: word(call, "method", &Method::ALL, Method::as_str)?,
            provider: word(call, "provider", &Provider::ALL, Provider::as_str)?,
            account: value(call, "account", AccountId::parse)?,
            hold: hold(call)?,
            currency: currency.or(bound),
            least,
            most,
        })
    }

    /// Whether every order of these days fits.
    pub fn takes_all(&self) -> bool {
        let Self { days: _, user, status, fulfilment, method, provider, account, hold, currency, least, most } = self;
        let words = status.is_none() && fulfilment.is_none() && method.is_none() && provider.is_none();
        let others = user.is_none() && account.is_none() && hold.is_none();
        words && others && currency.is_none() && least.is_none() && most.is_none()
    }

    pub fn has_day_of(&self, no: OrderNo) -> bool {
        (self.days.first..=self.days.last).contains(&Day::of_order(no))
    }

    pub fn fits(&self, order: &Order) -> bool {
        let price = order.sold.price;
        let paid_by = paid_by(order);
        let method = paid_by.map(|(method, _)| method);
        let account = paid_by.map(|(_, account)| account);
        is(self.user.as_ref(), Some(&order.sold.user))
            && self.has_day_of(order.no)
            && is(self.status, Some(order.status()))
            && is(self.fulfilment, Some(order.fulfilment()))
            && is(self.method, method)
            && is(self.provider, account.map(|account| account.provider))
            && is(self.account.as_ref(), account.map(|account| &account.id))
            && is(self.currency, Some(price.currency()))
            && self.least.is_none_or(|least| least.minor() <= price.minor())
            && self.most.is_none_or(|most| price.minor() <= most.minor())
            && self.hold.is_none_or(|held| match held {
                Held::Any => !order.holds().is_empty(),
                Held::By(word) => order.holds().iter().any(|hold| hold.word == word),
            })
    }
}

fn is<T: PartialEq + Copy>(wanted: Option<T>, there: Option<T>) -> bool {
    wanted.is_none() || wanted == there
}

/// In the currency that is named, or in CNY.
fn amount(call: &Call<'_, Action>, name: &'static str, currency: Option<Currency>) -> Result<Option<Money>, Problem> {
    let Some(text) = text(call, name) else { return Ok(None) };
    let amount = Money::parse(&text, currency.unwrap_or(Currency::CNY), MOST_MINOR);
    amount.map(Some).map_err(|error| Problem::invalid_field(name, format!("is not a valid amount: {error}")))
}

fn hold(call: &Call<'_, Action>) -> Result<Option<Held>, Problem> {
    if text(call, "hold").is_some_and(|text| text == ANY_HOLD) {
        return Ok(Some(Held::Any));
    }
    Ok(word(call, "hold", &HoldWord::ALL, HoldWord::as_str)?.map(Held::By))
}

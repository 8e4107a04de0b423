//! The limits on making orders: how many in a minute, and how many may wait for their payment.

use till_app::ports::{Clock, CountCalls, ListOrders, ListRecent, Scope};
use till_domain::id::OrderNo;
use till_domain::order::Status;
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};
use till_lambda::problem::Problem;
use till_lambda::rates::{Limits, window_begins};
use till_lambda::settings::{BadSetting, Environment};

/// So many times its limit of open orders is looked at of a user's newest orders. Beyond them stand orders that were open while
/// a hundred newer ones were made and ended.
const LOOKED_AT_TIMES: u32 = 5;

#[derive(Clone, Copy, Debug)]
pub struct NewOrders {
    in_a_minute: Limits,
    open: u32,
    /// No order is open for longer.
    lives: Seconds,
}

impl NewOrders {
    pub fn read(environment: &Environment, lives: Seconds) -> Result<Self, BadSetting> {
        Ok(Self {
            in_a_minute: Limits::creations(environment)?,
            open: environment.number("OPEN_ORDERS", 20, 100)?,
            lives,
        })
    }

    /// Counts a new order, and refuses it above a limit.
    pub async fn check(
        &self,
        ports: &(impl CountCalls + ListRecent + ListOrders + Clock),
        user: &UserId,
        address: &str,
    ) -> Result<(), Problem> {
        let now = ports.now();
        let made = self.in_a_minute.check(ports, user, address, now).await?;
        if self.has_room(ports, user, made, now).await? {
            Ok(())
        } else {
            Err(Problem::new(409, "too_many_open_orders"))
        }
    }

    /// Whether the user may have one more open order. `made` is the number of orders that the user made in this minute, with
    /// this one. It counts those that are not written yet, so that requests at the same time cannot pass the limit together; an
    /// order that failed counts as open until the minute is over. At the turn of a minute the index may lag, and orders that
    /// are just being made may pass.
    async fn has_room(
        &self,
        ports: &(impl ListRecent + ListOrders),
        user: &UserId,
        made: u32,
        now: Time,
    ) -> Result<bool, Problem> {
        let most = usize::try_from(self.open.saturating_mul(LOOKED_AT_TIMES)).unwrap_or(usize::MAX);
        let limit = usize::try_from(self.open).unwrap_or(usize::MAX);
        let made = usize::try_from(made).unwrap_or(usize::MAX);
        let numbers = ports.list_recent(user, now.minus(self.lives), most).await?;
        let of_this_minute = OrderNo::mint(window_begins(Scope::CreationsOfUser, now), 0);
        // Each earlier one may be open. Most users have so few that none has to be read.
        let earlier = numbers.iter().filter(|no| **no < of_this_minute).count();
        if earlier.saturating_add(made) <= limit {
            return Ok(true);
        }
        let listed = ports.list_orders(user, None, numbers.len()).await?;
        let count = |is_earlier: bool, is_open: bool| {
            let alike = listed.orders.iter().filter(|order| (order.no < of_this_minute) == is_earlier);
            alike.filter(|order| (order.status() == Status::Pending && order.expire_at > now) == is_open).count()
        };
        let in_this_minute = made.saturating_sub(count(false, false)).max(count(false, true).saturating_add(1));
        // An order that cannot be read may be open.
        let unreadable = listed.unreadable.iter().filter(|no| **no < of_this_minute).count();
        Ok(count(true, true).saturating_add(unreadable).saturating_add(in_this_minute) <= limit)
    }
}

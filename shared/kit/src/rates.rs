//! Limits on how often something may happen.

use till_app::ports::{CountCalls, Scope};
use till_domain::time::Time;

use crate::problem::Problem;

/// Counts one more, and refuses it when there were enough in this window.
pub async fn check(ports: &impl CountCalls, scope: Scope, value: &str, most: u32, now: Time) -> Result<(), Problem> {
    if ports.count_call(scope, value, now).await? <= most {
        return Ok(());
    }
    let window = i64::from(scope.window_seconds()).max(1);
    let left = window.saturating_sub(now.unix().rem_euclid(window));
    Err(Problem::too_many_requests(u32::try_from(left).unwrap_or(1)))
}

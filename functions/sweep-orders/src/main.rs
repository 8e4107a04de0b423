//! Starts sweep-orders.

use std::process::ExitCode;

use till_app::sweep::Patience;
use till_aws::Aws;
use till_lambda::address::public_base;
use till_lambda::clock::SystemClock;
use till_lambda::ports::ports;
use till_lambda::serve::{events, run};
use till_providers::merchants::Merchants;
use till_providers::outside::Network;
use till_providers::provide::Providers;
use till_providers::transport::Transport;
use till_sweep_orders::{Answer, Event, Reply, SweepOrders, TIME_BUDGET, look_at_accounts};

fn main() -> ExitCode {
    run(async |environment| {
        let function = SweepOrders::read(&environment)?;
        let aws = Aws::from_environment()?;
        let merchants = Merchants::new(&aws, &public_base(&environment)?, environment.is_production());
        let transport = Transport::new(environment.provider_roots().as_deref())?;
        let patience = Patience::default();
        events(TIME_BUDGET, async |event: Event, deadline| {
            let outside = Network { clock: &SystemClock, transport: &transport, until: deadline.instant };
            let providers = Providers { merchants: &merchants, outside };
            let reply = function.handle(&ports(&aws, providers), &patience, event, deadline).await;
            // Where others were asked to sweep, too, there is enough to do, and each of them would look.
            if matches!(reply, Reply::Schedule(Answer { shared: false, .. })) {
                look_at_accounts(&merchants, deadline).await;
            }
            reply
        })
        .await
    })
}

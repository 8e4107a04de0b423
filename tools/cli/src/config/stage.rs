//! Settings of the deployment that a file has: read as functions read them.

use till_app::ports::AccountMode;
use till_lambda::settings::Environment;
use till_providers::check::{Finding, Findings, Kind, Level, check_address};

use super::draft::{Draft, Given};
use super::kinds::{
    MOCK_MODE_WITH_LIVE_KEYS, NOT_TRUE_OR_FALSE, NUMBER_OUT_OF_RANGE, NUMBER_UNREADABLE, QR_CODE_OUTLIVES_ORDER,
    STAGE_SETTING_REFUSED,
};

/// The address is followed by the path of a callback.
const MOST_BASE_CHARACTERS: usize = 200;

/// What is wrong with the settings of the stage; the field of a finding is the stage's variable.
pub fn check(draft: &Draft) -> Vec<Finding> {
    let mut found = Findings::default();
    for (name, given) in &draft.stage {
        one(&mut found, name, &given.value);
    }
    let minutes = |name: &str| draft.stage.get(name).and_then(|given| given.value.parse::<u32>().ok());
    let order = minutes("ORDER_EXPIRE_MINUTES").unwrap_or(30);
    if minutes("QR_CODE_EXPIRE_MINUTES").is_some_and(|code| code > order) {
        found.add(QR_CODE_OUTLIVES_ORDER, "QR_CODE_EXPIRE_MINUTES");
    }
    let is_mock = draft.stage.get("PAYMENT_MOCK_MODE").is_some_and(|given| given.value.eq_ignore_ascii_case("true"));
    let has_live = draft.parts.keys().any(|provider| draft.mode(*provider) == AccountMode::Live);
    found.add_if(is_mock && has_live, MOCK_MODE_WITH_LIVE_KEYS, "PAYMENT_MOCK_MODE");
    found.0
}

fn one(found: &mut Findings, name: &str, value: &str) {
    if name == "PUBLIC_BASE_URL" {
        return check_address(found, name, value, AccountMode::Live, MOST_BASE_CHARACTERS);
    }
    let environment: Environment = [(name, value)].into_iter().collect();
    let read = match name {
        "QR_CODE_EXPIRE_MINUTES" => environment.qr_code_lives().map(drop),
        "PAYMENT_MOCK_MODE" => environment.flag(name, false).map(drop),
        _ => environment.orders().map(drop),
    };
    if let Err(why) = read {
        found.add_with(kind(name, value), name, why.to_string());
    }
}

fn kind(name: &str, value: &str) -> Kind {
    match name {
        "ORDER_EXPIRE_MINUTES" | "QR_CODE_EXPIRE_MINUTES" | "PAYMENT_QUERY_RETRY_MAX" => {
            let is_number = value.parse::<i128>().is_ok();
            if is_number { NUMBER_OUT_OF_RANGE } else { NUMBER_UNREADABLE }
        }
        "PAYMENT_ENABLED" | "PAYMENT_MOCK_MODE" => NOT_TRUE_OR_FALSE,
        _ => STAGE_SETTING_REFUSED,
    }
}

/// The lines for the stage's settings in `infra/lib/config.ts`, without those that functions would refuse.
pub fn for_configuration(draft: &Draft, findings: &[Finding]) -> Vec<String> {
    let is_refused = |name: &str| findings.iter().any(|one| one.kind.level == Level::Fault && one.field == name);
    let good = draft.stage.iter().filter(|(name, _)| !is_refused(name));
    good.map(|(name, Given { value, .. })| format!("{name}: '{}',", value.trim_end_matches('/'))).collect()
}

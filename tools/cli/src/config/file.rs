//! Checks a file of settings: its lines, the account of each provider, and the settings of the stage.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use till_app::ports::AccountMode;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_domain::time::Time;
use till_providers::account::Place;
use till_providers::check::{self, Finding};

use super::dotenv::{self, MOST_FILE_BYTES};
use super::draft::{Draft, Part};
use super::kinds::{NOTHING_FOUND, SIGN_TYPE_OLD};
use super::names::{Owner, named, row_of};
use super::report::Placed;
use super::{probe, stage};
use crate::accounts::EXAMPLE_API;
use crate::{Failure, files};

/// The file has no name for this setting of Stripe's: an account of Till's is given the stage's.
const DEPLOYMENT: &str = "till";

/// What the commands know of a file before they check it.
pub struct Reading {
    pub draft: Draft,
    /// Forces an account to be live or test, where the file says something else or nothing.
    pub mode: Option<AccountMode>,
}

impl Reading {
    pub fn of(file: &Path, mode: Option<AccountMode>) -> Result<Self, Failure> {
        let text = read(file)?;
        let folder = file.parent().unwrap_or_else(|| Path::new(""));
        Ok(Self { draft: Draft::of(&dotenv::read(&text), folder), mode })
    }

    pub fn mode(&self, provider: Provider) -> AccountMode {
        self.mode.unwrap_or_else(|| self.draft.mode(provider))
    }

    /// Everything that is wrong, as far as the file alone says it.
    pub fn check(&self, now: Time) -> Vec<Placed> {
        let mut all = Vec::new();
        let others = self.draft.findings.iter().filter(|(finding, _)| self.provider_of(&finding.field).is_none());
        all.extend(others.map(in_file));
        for provider in self.draft.parts.keys() {
            all.extend(self.check_provider(*provider, now));
        }
        for finding in stage::check(&self.draft) {
            let given = self.draft.stage.get(finding.field.as_str());
            let about = given.map_or(finding.field.clone(), |given| given.name.clone());
            all.push(Placed { finding, about, line: given.map(|given| given.line), hint: None });
        }
        if self.draft.parts.is_empty() {
            let finding = Finding { kind: NOTHING_FOUND, field: String::new(), detail: None };
            all.push(Placed { finding, about: "the file".to_owned(), line: None, hint: None });
        }
        all
    }

    /// What is wrong with the settings of one provider: with its lines, and with what they come to.
    pub fn check_provider(&self, provider: Provider, now: Time) -> Vec<Placed> {
        let lines =
            self.draft.findings.iter().filter(|(finding, _)| self.provider_of(&finding.field) == Some(provider));
        let part = self.draft.parts.get(&provider);
        let found = part.map(|part| self.check_part(provider, part, now)).unwrap_or_default();
        lines.map(in_file).chain(found.into_iter().map(|finding| self.placed(provider, finding))).collect()
    }

    /// Whose account a name of the file belongs to, if the file has anything for that account.
    fn provider_of(&self, name: &str) -> Option<Provider> {
        match named(name)?.row?.owner {
            Owner::Provider(provider) => self.draft.parts.contains_key(&provider).then_some(provider),
            Owner::Stage => None,
        }
    }

    fn check_part(&self, provider: Provider, part: &Part, now: Time) -> Vec<Finding> {
        let Ok(account) = account(provider) else { return Vec::new() };
        let notify_url = Self::notify_url(provider, part);
        let place = Place { mode: self.mode(provider), notify_url: &notify_url, base_url: None };
        let settings = part.settings(provider, DEPLOYMENT);
        let mut found = check::check(&account, &settings, place, part.beside(), now);
        if part.value("sign_type").is_some_and(|word| !word.eq_ignore_ascii_case("RSA2")) {
            found.push(Finding { kind: SIGN_TYPE_OLD, field: "sign_type".to_owned(), detail: None });
        }
        found
    }

    /// The address of the file, which is checked though Till makes its own.
    fn notify_url(provider: Provider, part: &Part) -> String {
        let made = || format!("{EXAMPLE_API}{}", till_providers::merchants::callback_path(provider));
        part.value("notify_url").map_or_else(made, str::to_owned)
    }

    /// With the name and line of the file at which the finding is to be corrected.
    fn placed(&self, provider: Provider, finding: Finding) -> Placed {
        let given = self.draft.parts.get(&provider).and_then(|part| part.0.get(finding.field.as_str()));
        let row = row_of(Owner::Provider(provider), &finding.field);
        let about = match (given, row) {
            (Some(given), _) => given.name.clone(),
            (None, Some(row)) => row.name.to_owned(),
            (None, None) => format!("{provider}: {}", finding.field),
        };
        let hint = row.filter(|row| given.is_none() && !row.from.is_empty()).map(|row| format!("from {}", row.from));
        Placed { finding, about, line: given.map(|given| given.line), hint }
    }

    /// What each provider says to a question.
    pub async fn probe(&self) -> Result<Vec<Placed>, Failure> {
        let mut all = Vec::new();
        for (provider, part) in &self.draft.parts {
            let notify_url = format!("{EXAMPLE_API}{}", till_providers::merchants::callback_path(*provider));
            let place = Place { mode: self.mode(*provider), notify_url: &notify_url, base_url: None };
            let found = probe::probe(&account(*provider)?, &part.settings(*provider, DEPLOYMENT), place).await?;
            let about = provider.to_string();
            all.extend(found.into_iter().map(|finding| Placed {
                finding,
                about: about.clone(),
                line: None,
                hint: None,
            }));
        }
        Ok(all)
    }
}

fn in_file((finding, line): &(Finding, usize)) -> Placed {
    Placed { about: finding.field.clone(), finding: finding.clone(), line: Some(*line), hint: None }
}

fn account(provider: Provider) -> Result<Account, Failure> {
    Ok(Account { provider, id: AccountId::parse(provider.as_str())? })
}

fn read(file: &Path) -> Result<String, Failure> {
    let open = fs::File::open(file).map_err(|error| files::with_name(file, &error))?;
    let mut bytes = Vec::new();
    open.take(MOST_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| files::with_name(file, &error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_FILE_BYTES) {
        return Err(format!("{}: the file has more than 1 MiB, which no file of settings has", file.display()).into());
    }
    String::from_utf8(bytes).map_err(|_| format!("{}: the file is no text in UTF-8", file.display()).into())
}

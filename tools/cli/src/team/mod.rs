//! What the team does with orders, users, sales and accounts, over the API and as an admin: lists, remedies, switches, and dead
//! letters back into their queue.
//! A change is shown first, in money, and asked about; it has an idempotency key of its own, under which it can be repeated.

mod api;
mod change;
mod ledger;
mod lists;
mod order;
mod orders;
mod orphans;
mod plan;
mod redrive;
mod remedies;
mod row;
mod sales;
mod statistics;
mod status;
pub mod switch;
mod table;
#[cfg(test)]
mod tests;
mod users;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use till_domain::text::UserId;

use self::api::Api;
use crate::deployment::{Chosen, Deployment, Outputs};
use crate::exit::{Exit, Stopped};
use crate::{Failure, is_confirmed, token};

#[derive(Subcommand)]
pub enum Command {
    #[command(flatten)]
    OverTheApi(Box<Call>),
    /// Send the dead letters of a queue back into it
    Redrive(redrive::Arguments),
}

/// The commands that the API does.
#[derive(Subcommand)]
pub enum Call {
    /// List orders, newest first
    Orders(Box<orders::Arguments>),
    /// Show an order, say why it is as it is, or apply a remedy to it
    Order(Box<order::Arguments>),
    /// List the orders that a person must look at
    Holds(lists::Holds),
    /// List payments that fit no order, settle one to an order, or close one
    Orphans(Box<orphans::Arguments>),
    /// List callbacks that were not believed
    Rejected(lists::Rejected),
    /// List what the team commanded, or what happened to one order
    Audit(lists::Audit),
    /// Show a user, or change their wallet by hand
    Users(users::Arguments),
    /// Show whether new orders are made
    Sales(sales::Show),
    /// Take no new orders, at once and until `resume`; everything else goes on
    Suspend(sales::Suspend),
    /// Take new orders again
    Resume(sales::Resume),
    /// Reached by `till accounts`.
    #[command(skip)]
    Switch(switch::Switch),
    /// Say whether money is stuck, part by part, and where to look
    Status(status::Arguments),
    /// Show what the orders of each day add up to
    Statistics(statistics::Arguments),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Spoken {
    Zh,
    En,
}

/// How the API is reached, for every command.
#[derive(Args, Clone, Debug)]
pub struct Access {
    /// The address of the API, if it is not that of the stack; else TILL_API_URL
    #[arg(long, global = true, value_name = "URL")]
    api_url: Option<String>,
    /// A token with the role admin; TILL_TOKEN is better, since other users of the machine do not see it
    #[arg(long, global = true)]
    token: Option<String>,
    /// The name that the records give you, where the token is made here; else TILL_USER
    #[arg(long = "as", global = true, value_name = "NAME", value_parser = UserId::parse)]
    name: Option<UserId>,
    /// Print the API's answer as it came, and nothing else on standard output
    #[arg(long, global = true)]
    json: bool,
    /// The language of sentences; else that of LANG
    #[arg(long, visible_alias = "lang", global = true, value_name = "LANGUAGE")]
    language: Option<Spoken>,
}

/// One run of a command.
pub struct Session<'a> {
    api: Api,
    json: bool,
    out: &'a mut dyn Write,
    /// What is not part of the result.
    notes: &'a mut dyn Write,
    ask: Ask,
}

/// Whether a change that was just shown is wanted; told whether `--yes` was given.
type Ask = fn(bool) -> Result<bool, Failure>;

pub async fn run(chosen: Chosen, command: Command) -> Result<ExitCode, Failure> {
    take(chosen, command, &mut io::stdout(), &mut io::stderr(), is_confirmed).await.map(|()| ExitCode::SUCCESS)
}

async fn take(
    chosen: Chosen,
    command: Command,
    out: &mut dyn Write,
    notes: &mut dyn Write,
    ask: Ask,
) -> Result<(), Failure> {
    let call = match command {
        Command::Redrive(arguments) => {
            return redrive::run(&Deployment::open(chosen).await?, &arguments, out, notes, ask).await;
        }
        Command::OverTheApi(call) => call,
    };
    let access = call.access().clone();
    let api = reach(chosen, &access).await?;
    call.run(&mut Session { api, json: access.json, out, notes, ask }).await
}

impl Call {
    fn access(&self) -> &Access {
        match self {
            Self::Orders(arguments) => &arguments.access,
            Self::Order(arguments) => &arguments.access,
            Self::Holds(arguments) => &arguments.access,
            Self::Orphans(arguments) => &arguments.access,
            Self::Rejected(arguments) => &arguments.access,
            Self::Audit(arguments) => &arguments.access,
            Self::Users(arguments) => &arguments.access,
            Self::Sales(arguments) => &arguments.access,
            Self::Suspend(arguments) => &arguments.access,
            Self::Resume(arguments) => &arguments.access,
            Self::Switch(switch) => switch.access(),
            Self::Status(arguments) => &arguments.access,
            Self::Statistics(arguments) => &arguments.access,
        }
    }

    async fn run(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::Orders(arguments) => orders::run(session, arguments).await,
            Self::Order(arguments) => order::run(session, arguments).await,
            Self::Holds(arguments) => lists::holds(session, arguments).await,
            Self::Orphans(arguments) => orphans::run(session, arguments).await,
            Self::Rejected(arguments) => lists::rejected(session, arguments).await,
            Self::Audit(arguments) => lists::audit(session, arguments).await,
            Self::Users(arguments) => users::run(session, arguments).await,
            Self::Sales(_) => sales::show(session).await,
            Self::Suspend(arguments) => sales::suspend(session, arguments).await,
            Self::Resume(arguments) => sales::resume(session, arguments).await,
            Self::Switch(switch) => switch::run(session, switch).await,
            Self::Status(_) => status::run(session).await,
            Self::Statistics(arguments) => statistics::run(session, arguments).await,
        }
    }
}

/// Address and token, each as it is given, or as the stage has it.
async fn reach(chosen: Chosen, access: &Access) -> Result<Api, Failure> {
    let given = |own: Option<&String>, name: &str| own.cloned().or_else(|| variable(name));
    let (url, token) = (given(access.api_url.as_ref(), "TILL_API_URL"), given(access.token.as_ref(), "TILL_TOKEN"));
    let language = access.language.map_or_else(language_of_the_shell, Spoken::tag);
    if let (Some(url), Some(token)) = (&url, &token) {
        return Api::new(url, token, language);
    }
    if url.is_none() && chosen.stack.is_none() {
        return Err(Stopped::new(Exit::Usage, "name the stage with --stack, or the API with --api-url").into());
    }
    let deployment = Deployment::open(chosen).await?;
    let url = match (url, &deployment.outputs) {
        (Some(url), _) => url,
        (None, Some(outputs)) => Outputs::api_url(outputs)?,
        (None, None) => return Err(Stopped::new(Exit::Usage, "without --stack, --api-url is needed").into()),
    };
    let token = match token {
        Some(token) => token,
        None => token::of_admin(&deployment.aws, &name(access)?).await?,
    };
    Api::new(&url, &token, language)
}

/// Who is commanding: records without a name would help nobody.
fn name(access: &Access) -> Result<UserId, Failure> {
    let given = access.name.clone().or_else(|| UserId::parse(&variable("TILL_USER")?).ok());
    given.ok_or_else(|| {
        let text = "say who you are with --as NAME or TILL_USER: the records of changes name you; or give a token in TILL_TOKEN";
        Stopped::new(Exit::Usage, text).into()
    })
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn language_of_the_shell() -> &'static str {
    let chinese = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(variable).is_some_and(|l| l.starts_with("zh"));
    if chinese { Spoken::Zh.tag() } else { Spoken::En.tag() }
}

impl Spoken {
    const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }
}

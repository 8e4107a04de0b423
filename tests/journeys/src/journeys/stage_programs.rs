//! The program `till` on the stage itself, as `cargo xtask till` calls it: accounts from a file of settings, channels of alarms, dead
//! letters, tokens, and what is kept about a user.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::http::send;
use till_journeys::program::Program;
use till_journeys::receiver::Receiver;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::programs::{NOT_CONFIRMED, NOT_FOUND, Terminal, USAGE};
use super::setup::{Team, buy_through, make_default};
use super::steps::{Scene, eventually, unique};
use super::{Journey, journeys};

/// Where `check-config` and the channels differ from the other commands.
const FAULTS: i32 = 1;

pub fn all() -> Vec<Journey> {
    journeys!("stage_programs":
        file_of_settings_becomes_an_account_that_is_bought_through,
        faults_of_a_file_are_told_without_its_keys,
        accounts_and_products_are_listed_and_checked,
        channels_are_set_shown_and_tried,
        dead_letter_is_sent_back_and_done,
        token_opens_what_its_role_may,
        what_is_kept_about_a_user_is_printed,
        command_without_a_stage_says_how_to_name_one,
    )
}

/// A terminal on this machine: on AWS these commands need more than an address and a token.
async fn terminal(stack: Stack) -> Outcome<Terminal> {
    let terminal = Terminal::new(stack).await?;
    terminal.scene.emulator.url()?;
    Ok(terminal)
}

/// A file that ends with its journey.
struct Written(PathBuf);

impl Written {
    fn new(name: &str, text: &str) -> Outcome<Self> {
        let file = std::env::temp_dir().join(unique(name));
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Self(file))
    }

    fn path(&self) -> Outcome<&str> {
        self.0.to_str().ok_or_else(|| format!("{} is no text", self.0.display()))
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A file of settings as a team has it, for the sandbox's merchant at Alipay.
async fn env_file(scene: &Scene, more: &str) -> Outcome<String> {
    let settings = scene.emulator.secret("account/sandbox-alipay").await?;
    // A JSON text is how such files write a key between quotes: with \n for its line breaks.
    let value = |name: &str| settings[name].to_string();
    Ok(format!(
        "# payments\nALIPAY_APP_ID={}\nexport ALIPAY_SELLER_ID = {}\nALIPAY_PRIVATE_KEY={}\nALIPAY_PUBLIC_KEY={}\n\
         ALIPAY_NOTIFY_URL=https://old.example.com/notify\nORDER_EXPIRE_MINUTES=15\n{more}",
        value("app_id"),
        value("seller_id"),
        value("app_private_key"),
        value("alipay_public_key"),
    ))
}

async fn file_of_settings_becomes_an_account_that_is_bought_through(stack: Stack) -> Outcome {
    let mut terminal = terminal(stack).await?;
    let canary = unique("canary");
    terminal.till.never_prints(&canary);
    let (scene, till, id) = (&terminal.scene, &terminal.till, unique("alipay"));
    let file = Written::new("env", &env_file(scene, &format!("DATABASE_PASSWORD={canary}\n")).await?)?;
    let told = [
        "ALIPAY_APP_ID: taken",
        "ALIPAY_NOTIFY_URL: left",
        "alipay: a test account can be made.",
        "ORDER_EXPIRE_MINUTES: '15'",
    ];
    till.run(&["check-config", "--env-file", file.path()?, "--mode", "test"])?.expect(0)?;
    till.run(&["import-env", file.path()?, "--mode", "test", "--dry-run"])?.expect(0)?.shows(&told)?;

    let sandbox = scene.stack.output("sandbox_url")?;
    let wish =
        ["import-env", file.path()?, "--account", &id, "--mode", "test", "--base-url", sandbox, "--same-merchant"];
    till.run(&wish)?.expect(NOT_CONFIRMED)?.shows(&[&format!("new      alipay {id} test, at ")])?;
    same("what is kept without a yes", &scene.emulator.item("ACCOUNT#alipay", &id).await?.is_none(), &true)?;
    till.run(&[&wish[..], &["--yes"]].concat())?.expect(0)?.shows(&told)?.shows(&["done: "])?;
    till.says("accounts")?.expect(0)?.shows(&[&format!("alipay {id} test, at ")])?;

    let team = Team::of(&scene.stack).await?;
    make_default(scene, &team, &id).await?;
    let bought = buy_through(scene, &id).await;
    make_default(scene, &team, "sandbox-alipay").await?;
    bought
}

async fn faults_of_a_file_are_told_without_its_keys(stack: Stack) -> Outcome {
    let terminal = terminal(stack).await?;
    let (scene, till) = (&terminal.scene, &terminal.till);
    let good = env_file(scene, "").await?;
    let cut = good.replace("ALIPAY_SELLER_ID", "ALIPAY_NOBODY").replace("ALIPAY_PUBLIC_KEY", "VITE_ALIPAY_PRIVATE_KEY");
    let file = Written::new("env", &cut)?;
    let words = ["setting_missing", "unknown_name", "secret_in_public_name"];
    till.run(&["check-config", "--env-file", file.path()?, "--mode", "test"])?.expect(FAULTS)?.shows(&words)?;
    let found = till.run(&["check-config", "--env-file", file.path()?, "--json"])?.expect(FAULTS)?.json()?;
    ensure(found["faults"].as_u64().is_some_and(|faults| faults >= 2), || found.to_string())?;
    let imported = till.run(&["import-env", file.path()?, "--mode", "test", "--yes"])?.expect(FAULTS)?;
    imported.shows(&["no account can be made before the faults above are corrected"])?;
    till.says("check-config --env-file /nowhere/.env")?.expect(USAGE)?.notes(&["/nowhere/.env: "]).map(drop)
}

async fn accounts_and_products_are_listed_and_checked(stack: Stack) -> Outcome {
    let terminal = terminal(stack).await?;
    let till = &terminal.till;
    till.says("accounts")?.expect(0)?.shows(&["wechat sandbox-wechat test", "stripe sandbox-stripe test"])?;
    till.says("catalogue")?.expect(0)?.shows(&["points 1", "package 1"])?;
    let catalogue = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/catalogue.json");
    let file = Written::new("catalogue", &products_at(catalogue)?)?;
    // Other journeys have products of their own, which are left as they are.
    let planned = till.run(&["catalogue", file.path()?])?;
    planned.expect(NOT_CONFIRMED)?.shows(&["9.91 CNY"])?;
    till.says("catalogue /nowhere.json")?.expect(1)?.notes(&["/nowhere.json: "])?;

    let checked = till.says("check-config --json")?;
    ensure([0, FAULTS].contains(&checked.exit), || format!("it could not be checked: {}", checked.notes))?;
    let found = checked.json()?;
    let is_ours = |one: &&Value| {
        one["level"] == "fault" && one["about"].as_str().is_some_and(|about| about.contains(" sandbox-"))
    };
    let faults: Vec<&Value> = found["findings"].as_array().into_iter().flatten().filter(is_ours).collect();
    ensure(faults.is_empty(), || format!("the sandbox's own accounts have faults: {faults:?}"))
}

/// The demo catalogue with another price of the first product.
fn products_at(file: &str) -> Outcome<String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    Ok(text.replacen("\"CNY\": \"9.90\"", "\"CNY\": \"9.91\"", 1))
}

async fn channels_are_set_shown_and_tried(stack: Stack) -> Outcome {
    let mut terminal = terminal(stack).await?;
    let receiver = Receiver::open()?;
    let (path, key) = (unique("/path"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    terminal.till.never_prints(&path);
    terminal.till.never_prints(key);
    let (name, gone) = (unique("ops").to_lowercase(), unique("gone").to_lowercase());
    let channel = |name: &str, url: &str| json!({"name": name, "kind": "webhook", "url": url, "secret": key});
    let both = [channel(&name, &receiver.url(&path)), channel(&gone, &format!("http://127.0.0.1:9{path}"))];
    let tried = try_channels(&terminal.till, &receiver, &name, &json!({"language": "en", "channels": both})).await;
    let emulator = &terminal.scene.emulator;
    emulator.put_secret("channels", &json!({"channels": []}).to_string()).await?;
    emulator.restart("notify-team").await?;
    tried
}

async fn try_channels(till: &Program, receiver: &Receiver, name: &str, channels: &Value) -> Outcome {
    let file = Written::new("channels", &channels.to_string())?;
    let host = receiver.url("").replace("http://", "");
    let shown = format!("{name}: webhook, {host}, signed, en, all words");
    till.run(&["channels", "set", "--file", file.path()?])?.expect(NOT_CONFIRMED)?.shows(&[&shown])?;
    till.run(&["channels", "set", "--file", file.path()?, "--yes"])?
        .expect(0)?
        .shows(&["alarms will go to", &shown])?;
    till.says("channels show")?.expect(0)?.shows(&[&shown])?;
    till.run(&["channels", "test", "--name", name])?
        .expect(0)?
        .shows(&[&format!("{name}: it accepted the message")])?;
    eventually("the test came", Duration::from_millis(20), async || {
        let came = receiver.alarms()?;
        let is_there = came.iter().any(|alarm| alarm["subject"] == "till channels test");
        Ok(if is_there { Ok(()) } else { Err(format!("{came:?}")) })
    })
    .await?;
    till.says("channels test")?.expect(1)?.notes(&["1 did not accept the message"])?;
    till.says("channels test --name nobody")?.expect(1)?.notes(&["there is no channel nobody"])?;
    let bad = Written::new("channels", &channels.to_string().replace("webhook", "pigeon"))?;
    till.run(&["channels", "set", "--file", bad.path()?, "--yes"])?.expect(1).map(drop)
}

async fn dead_letter_is_sent_back_and_done(stack: Stack) -> Outcome {
    let terminal = terminal(stack).await?;
    let (scene, till) = (&terminal.scene, &terminal.till);
    let (no, _) = scene.order("wechat").await?;
    scene.emulator.deliver_tasks(false).await?;
    let died = dies(scene, &no).await;
    scene.emulator.deliver_tasks(true).await?;
    died?;
    scene.has_status(&no, "fulfilment", "queued").await?;
    till.says("status")?
        .expect(0)?
        .shows(&["stuck: ", "dead letters: end their reason, then till redrive fulfilment"])?;
    till.says("redrive fulfilment")?.expect(NOT_CONFIRMED)?.notes(&["till-dev-fulfilment-dead has about "])?;
    scene.has_points(0).await?;
    till.says("redrive fulfilment --yes")?.expect(0)?.notes(&["does nothing twice"])?.shows(&["sent back: "])?;
    scene.until(&no, "fulfilment", "granted").await?;
    same("dead letters", &scene.emulator.waiting("dead_letter_queue_url").await?, &0)?;
    till.says("redrive fulfilment --yes")?.expect(0)?.shows(&["till-dev-fulfilment-dead is empty"])?;
    till.says("redrive nothing --yes")?.expect(NOT_FOUND)?.notes(&["there is no queue till-dev-nothing"])?;
    scene.has_points(100).await
}

/// Pays an order whose task nobody finishes.
async fn dies(scene: &Scene, no: &str) -> Outcome {
    scene.sandbox.pay(no).await?;
    scene.until(no, "status", "paid").await?;
    scene.emulator.kill_tasks().await
}

async fn token_opens_what_its_role_may(stack: Stack) -> Outcome {
    let terminal = terminal(stack).await?;
    let (scene, till, user) = (&terminal.scene, &terminal.till, &terminal.scene.buyer.user);
    let token = |words: &str| {
        let made = till.says(&format!("token --user {words}"))?.expect(0)?;
        ensure(made.out.lines().count() == 1, || "there is more than a token".to_owned())?;
        Ok::<String, String>(made.out.trim().to_owned())
    };
    let bearer = format!("Bearer {}", token(user)?);
    let wallet = send("GET", &scene.stack.api("/wallet")?, &[("authorization", &bearer)], b"").await?.expect(200)?;
    same("whose wallet it is", &wallet.json()?["user_id"], &json!(user))?;
    let admin = till.clone().with("TILL_TOKEN", &token("bob --admin")?);
    admin.says("holds")?.expect(0)?;
    let no = scene.granted("wechat").await?;
    admin.says(&format!("order refund {no} --amount 1 --reason journey --yes"))?.expect(0)?;
    // The records name the token's subject.
    till.says(&format!("audit --order {no}"))?.expect(0)?.shows(&["bob"])?;
    till.says("token")?.expect(USAGE)?.notes(&["--user"])?;
    till.clone().with("TILL_USER", "").says("holds")?.expect(USAGE)?.notes(&["--as NAME", "TILL_USER"]).map(drop)
}

async fn what_is_kept_about_a_user_is_printed(stack: Stack) -> Outcome {
    let terminal = terminal(stack).await?;
    let (till, user) = (&terminal.till, &terminal.scene.buyer.user);
    let no = terminal.scene.granted("wechat").await?;
    let kept = till.says(&format!("export-user --user {user}"))?.expect(0)?;
    ensure(kept.out.contains(&no), || format!("the order is not in {}", kept.out))?;
    same("whose it is", &kept.json()?["user"], &json!(user))?;
    till.says(&format!("erase-user --user {user} --dry-run"))?
        .expect(0)?
        .shows(&["1 orders", "nothing was changed"])?;
    till.says(&format!("erase-user --user {user}"))?.expect(NOT_CONFIRMED)?;
    terminal.scene.has_status(&no, "status", "paid").await?;
    till.says("secrets rotate bearer")?.expect(NOT_CONFIRMED)?.notes(&["nothing was changed"]).map(drop)
}

async fn command_without_a_stage_says_how_to_name_one(stack: Stack) -> Outcome {
    let terminal = terminal(stack).await?;
    let till = terminal.till.clone().with("STAGE", "");
    for command in ["accounts", "catalogue", "channels show", "redrive fulfilment", "token --user ann", "check-config"]
    {
        till.says(command)?.expect(USAGE)?.notes(&["name the stage with --stack"])?;
    }
    let other = terminal.till.says("accounts --stack nowhere")?;
    other.expect(NOT_FOUND)?.notes(&["there is no stack till-nowhere-data", "--profile or --region"])?;
    terminal.till.says("accounts --stack dev")?.expect(0)?.shows(&["wechat sandbox-wechat test"]).map(drop)
}

//! `till catalogue`: lists the products, or loads them from a file. Products that are not in the file are left as they are.

mod plan;

use std::path::{Path, PathBuf};

use clap::Args;
use till_app::ports::{Change, Clock as _, KeepProducts as _, ListedProduct, Noted};
use till_app::setup::{is_same, save_product};
use till_lambda::catalogue;
use till_lambda::clock::SystemClock;

use self::plan::Plan;
use crate::deployment::Deployment;
use crate::{Failure, confirm, files};

#[derive(Args)]
pub struct Arguments {
    /// The catalogue to load; without it, the products are listed
    file: Option<PathBuf>,
    /// Do not ask before the change
    #[arg(long, requires = "file")]
    yes: bool,
}

pub async fn run(deployment: &Deployment, arguments: &Arguments) -> Result<(), Failure> {
    if let Some(file) = &arguments.file {
        return load(deployment, file, arguments.yes).await;
    }
    for product in deployment.aws.noted_products().await? {
        println!("{}", plan::line(&product.item));
    }
    Ok(())
}

/// Loads the file only if there are no products yet, so that later changes are kept.
pub async fn load_first(deployment: &Deployment, file: &Path) -> Result<(), Failure> {
    if deployment.aws.noted_products().await?.is_empty() { load(deployment, file, true).await } else { Ok(()) }
}

async fn load(deployment: &Deployment, file: &Path, yes: bool) -> Result<(), Failure> {
    let aws = &deployment.aws;
    let text = std::fs::read_to_string(file).map_err(|error| files::with_name(file, &error))?;
    let wanted = catalogue::read(&text).map_err(|why| format!("{}: {why}", file.display()))?;
    let stored = aws.noted_products().await?;
    let items: Vec<ListedProduct> = stored.iter().map(|noted| noted.item.clone()).collect();
    let plan = Plan::new(&items, wanted);
    print!("{plan}");
    if plan.is_empty() {
        println!("nothing to change");
        return Ok(());
    }
    confirm(yes)?;
    let by = deployment.author().await?;
    for listed in plan.changes() {
        let (kind, id) = (listed.product.kind(), listed.product.id());
        let stands = stored.iter().find(|noted| is_same(&noted.item.product, &listed.product));
        let notes = stands.map(|noted| noted.notes.clone()).unwrap_or_default();
        let notes = notes.with(Change::by_program(by.clone(), SystemClock.now()));
        let saved = save_product(aws, stands, &Noted { item: listed.clone(), notes }, None).await;
        saved.map_err(|why| format!("{kind} {id}: {why}"))?;
    }
    println!("done: functions sell by it within a minute");
    Ok(())
}

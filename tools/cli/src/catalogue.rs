//! `till catalogue`: lists the products, or loads them from a file. Products that are not in the file are left as they are.

mod plan;

use std::path::{Path, PathBuf};

use clap::Args;
use till_app::ports::{Change, Clock as _, KeepProducts as _, ListedProduct, Noted};
use till_app::setup::is_same;
use till_aws::Aws;
use till_lambda::catalogue;
use till_lambda::clock::SystemClock;

use self::plan::Plan;
use crate::{Failure, confirm, files};

#[derive(Args)]
pub struct Arguments {
    /// The catalogue to load; without it, the products are listed
    file: Option<PathBuf>,
    /// Do not ask before the change
    #[arg(long, requires = "file")]
    yes: bool,
}

pub async fn run(aws: &Aws, arguments: &Arguments) -> Result<(), Failure> {
    if let Some(file) = &arguments.file {
        return load(aws, file, arguments.yes).await;
    }
    for product in aws.noted_products().await? {
        println!("{}", plan::line(&product.item));
    }
    Ok(())
}

/// Loads the file only if there are no products yet, so that later changes are kept.
pub async fn load_first(aws: &Aws, file: &Path) -> Result<(), Failure> {
    if aws.noted_products().await?.is_empty() { load(aws, file, true).await } else { Ok(()) }
}

async fn load(aws: &Aws, file: &Path, yes: bool) -> Result<(), Failure> {
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
    for listed in plan.changes() {
        let (kind, id) = (listed.product.kind(), listed.product.id());
        let stands = stored.iter().find(|noted| is_same(&noted.item.product, &listed.product));
        let notes = stands.map(|noted| noted.notes.clone()).unwrap_or_default();
        let notes = notes.with(Change::by_program(SystemClock.now())?);
        let saved = aws.save_product(&Noted { item: listed.clone(), notes }).await;
        saved.map_err(|why| format!("{kind} {id}: {why}"))?;
    }
    println!("done: functions sell by it within a minute");
    Ok(())
}

//! `till catalogue`: lists the products, or loads them from a file. Products that are not in the file are left as they are.

mod file;
mod plan;
mod texts;

use std::path::{Path, PathBuf};

use clap::Args;
use till_aws::Aws;

use self::plan::Plan;
use crate::{Failure, files, is_confirmed};

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
    for product in aws.all_products().await? {
        println!("{}", plan::line(&product));
    }
    Ok(())
}

/// Loads the file only if there are no products yet, so that later changes are kept.
pub async fn load_first(aws: &Aws, file: &Path) -> Result<(), Failure> {
    if aws.all_products().await?.is_empty() { load(aws, file, true).await } else { Ok(()) }
}

async fn load(aws: &Aws, file: &Path, yes: bool) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| files::with_name(file, &error))?;
    let wanted = file::read(&text).map_err(|why| format!("{}: {why}", file.display()))?;
    let plan = Plan::new(&aws.all_products().await?, wanted);
    print!("{plan}");
    if plan.is_empty() {
        println!("nothing to change");
        return Ok(());
    }
    if !is_confirmed(yes)? {
        return Err("nothing was changed".into());
    }
    for listed in plan.changes() {
        let (kind, id) = (listed.product.kind(), listed.product.id());
        aws.put_product(listed).await.map_err(|why| format!("{kind} {id}: {why}"))?;
    }
    println!("done: functions sell by it within a minute");
    Ok(())
}

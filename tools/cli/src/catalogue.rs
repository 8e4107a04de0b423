//! `till catalogue`: lists the products, or loads them from a file. Products that the file does not name stay as they are.

mod file;
mod plan;

use std::path::{Path, PathBuf};

use clap::Args;
use till_app::ports::ListedProduct;
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

/// Loads the catalogue only if there is none yet, so that later changes to it stay.
pub async fn load_first(aws: &Aws, file: &Path) -> Result<(), Failure> {
    if aws.all_products().await?.is_empty() { load(aws, file, true).await } else { Ok(()) }
}

async fn load(aws: &Aws, file: &Path, yes: bool) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| files::told(file, &error))?;
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
    for product in plan.changes() {
        put(aws, product).await?;
    }
    println!("done; functions see it within a minute");
    Ok(())
}

async fn put(aws: &Aws, product: &ListedProduct) -> Result<(), Failure> {
    let told = |why| format!("{} {}: {why}", product.product.kind(), product.product.id());
    aws.put_product(product).await.map_err(|why| told(why).into())
}

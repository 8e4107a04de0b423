//! `catalogue`: what is on sale, and loading it from a file. What the file does not name stays as it is.

mod file;
mod plan;

use std::path::Path;

use till_app::ports::Displayed;
use till_aws::Aws;

use self::plan::Plan;
use crate::words::{Misused, Words};
use crate::{Failure, files, is_confirmed};

/// `catalogue [FILE] [--yes]`.
pub async fn run(aws: &Aws, words: &[String]) -> Result<(), Failure> {
    let words = Words::read(words, &[], &["--yes"])?;
    match words.rest() {
        [] => {
            for product in aws.all_products().await? {
                println!("{}", plan::line(&product));
            }
            Ok(())
        }
        [file] => load(aws, Path::new(file), words.has("--yes")).await,
        _ => Err(Misused::boxed("one file at a time")),
    }
}

/// Loads the catalogue, if there is none yet: whoever changed it since does not find it changed back.
pub async fn load_first(aws: &Aws, file: &Path) -> Result<(), Failure> {
    if aws.all_products().await?.is_empty() { load(aws, file, true).await } else { Ok(()) }
}

async fn load(aws: &Aws, file: &Path, yes: bool) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| files::told(file, &error))?;
    let wanted = file::read(&text).map_err(|why| format!("{}: {why}", file.display()))?;
    let plan = Plan::new(&aws.all_products().await?, wanted);
    print!("{plan}");
    if plan.is_empty() {
        println!("there is nothing to do");
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

async fn put(aws: &Aws, product: &Displayed) -> Result<(), Failure> {
    let told = |why| format!("{} {}: {why}", product.product.kind(), product.product.id());
    aws.put_product(product).await.map_err(|why| told(why).into())
}

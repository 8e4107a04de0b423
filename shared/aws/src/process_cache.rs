//! What a process keeps between calls, and for how long. Lambda may freeze or end the process at any time: nothing here is
//! ever the only place where something is known.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use till_app::ports::{AccountSettings, ListedProduct, Secret};
use till_domain::provider::Provider;
use till_domain::time::Seconds;

use crate::cache::Cache;
use crate::standing::Standing;

/// How old the catalogue and the accounts may be.
const CATALOGUE_LIVES: Seconds = Seconds::minutes(1);
/// How long a secret is kept, and how long it is not read anew on somebody's word that it does not fit.
const SECRET_LIVES: Seconds = Seconds::minutes(5);
/// Ten accounts at each of three providers, and room.
const MOST_SECRETS: usize = 64;

pub(crate) struct ProcessCache {
    pub accounts: Cache<Rc<[AccountSettings]>>,
    pub products: Cache<Rc<[ListedProduct]>>,
    /// Secrets, or that there is none of a name.
    pub secrets: Cache<Option<Secret>>,
    pub refreshed: Cache<()>,
    /// Which strays of a minute were kept.
    pub strays: RefCell<(i64, BTreeSet<String>)>,
    /// For documents: made when a first one is fetched, which most functions never do.
    pub documents: OnceCell<SharedHttpConnector>,
    /// Where orders stand in the index of what is due.
    pub standing: Standing,
}

impl Default for ProcessCache {
    fn default() -> Self {
        Self {
            accounts: Cache::new(CATALOGUE_LIVES, Provider::ALL.len()),
            products: Cache::new(CATALOGUE_LIVES, 1),
            secrets: Cache::new(SECRET_LIVES, MOST_SECRETS),
            refreshed: Cache::new(SECRET_LIVES, MOST_SECRETS),
            strays: RefCell::default(),
            documents: OnceCell::new(),
            standing: Standing::default(),
        }
    }
}

//! What a process keeps between calls, and for how long. Lambda may end the process at any time, so everything here can be
//! lost.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use till_app::pace::Pace;
use till_app::ports::{AccountSettings, ListedProduct, Sales};
use till_domain::provider::Provider;
use till_domain::time::{Seconds, Time};
use till_http::Client;

use crate::cache::Cache;
use crate::due_entries::DueEntries;
use crate::secrets::Stored;

const CATALOGUE_LIFETIME: Seconds = Seconds::minutes(1);
const SECRET_LIFETIME: Seconds = Seconds::minutes(5);
/// Room for twenty accounts at each of three providers.
const MOST_SECRETS: usize = 64;

pub(crate) struct ProcessCache {
    pub accounts: Cache<Rc<[AccountSettings]>>,
    pub products: Cache<Rc<[ListedProduct]>>,
    /// For display alone.
    pub sales: Cache<Sales>,
    /// A secret by its name, or that there is none.
    pub secrets: Cache<Option<Stored>>,
    /// How often each secret may be read again because a signature did not fit.
    pub secret_paces: Cache<Pace>,
    /// A minute, and which rejected callbacks of it were noted.
    pub strays: RefCell<(i64, BTreeSet<String>)>,
    /// How many callbacks of each account were refused in its window, which begins with the first.
    pub refused: RefCell<BTreeMap<String, (Time, u32)>>,
    /// Made when a first document is fetched, which most functions never do.
    pub documents: OnceCell<Client>,
    pub due_entries: DueEntries,
}

impl Default for ProcessCache {
    fn default() -> Self {
        Self {
            accounts: Cache::new(CATALOGUE_LIFETIME, Provider::ALL.len()),
            products: Cache::new(CATALOGUE_LIFETIME, 1),
            sales: Cache::new(CATALOGUE_LIFETIME, 1),
            secrets: Cache::new(SECRET_LIFETIME, MOST_SECRETS),
            secret_paces: Cache::new(SECRET_LIFETIME, MOST_SECRETS),
            strays: RefCell::default(),
            refused: RefCell::default(),
            documents: OnceCell::new(),
            due_entries: DueEntries::default(),
        }
    }
}

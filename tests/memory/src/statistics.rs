//! Statistics of days: as tables keep them, and as ports over a line.

use till_app::ports::{LoadStatistics, SaveStatistics, Unavailable};
use till_domain::day::Days;
use till_domain::statistics::DayStatistics;

use crate::call::{Answer, Call};
use crate::line::{Line, Ports};
use crate::ports::heard;
use crate::tables::Tables;

impl Tables {
    pub(crate) fn statistics_of(&self, days: Days) -> Vec<DayStatistics> {
        let in_order = self.statistics.iter().filter(|(day, _)| days.first <= **day && **day <= days.last);
        in_order.map(|(_, counted)| counted.clone()).collect()
    }

    /// An earlier count does not replace a later one. What a store cannot keep is left out, as there.
    pub(crate) fn save_statistics(&mut self, counted: &DayStatistics) -> bool {
        let is_later = self.statistics.get(&counted.day).is_some_and(|known| known.counted_at > counted.counted_at);
        if !is_later {
            let mut kept = counted.clone();
            kept.tally.buyers = kept.tally.buyers.for_storing();
            self.statistics.insert(counted.day, kept);
        }
        !is_later
    }
}

impl<L: Line> LoadStatistics for Ports<L> {
    async fn load_statistics(&self, days: Days) -> Result<Vec<DayStatistics>, Unavailable> {
        heard!(self.0, Call::LoadStatistics(days), Answer::Statistics(found) => Ok(found), else Err(Unavailable))
    }
}

impl<L: Line> SaveStatistics for Ports<L> {
    async fn save_statistics(&self, statistics: &DayStatistics) -> Result<bool, Unavailable> {
        heard!(self.0, Call::SaveStatistics(Box::new(statistics.clone())),
            Answer::StatisticsSaved(saved) => Ok(saved), else Err(Unavailable))
    }
}

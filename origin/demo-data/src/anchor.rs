//! The day on which the demo data is anchored, and its timestamps as text.

/// Seconds of a day.
pub(crate) const DAY_SECS: i64 = 24 * 60 * 60;

/// Midnight UTC of the day that "now" stands for. All timestamps of the demo data but `follow_up_at` are before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Anchor {
    midnight_unix_secs: i64,
}

impl Anchor {
    /// The anchor of the day that contains this moment.
    #[must_use]
    pub fn of_day_containing(unix_secs: i64) -> Self {
        Self { midnight_unix_secs: unix_secs.div_euclid(DAY_SECS) * DAY_SECS }
    }

    /// Seconds since 1970-01-01T00:00:00Z; always a multiple of 86,400.
    #[must_use]
    pub fn unix_secs(self) -> i64 {
        self.midnight_unix_secs
    }

    /// This many seconds before the anchor.
    pub(crate) fn minus_secs(self, secs: i64) -> i64 {
        self.midnight_unix_secs - secs
    }

    /// This many days before the anchor.
    pub(crate) fn minus_days(self, days: i64) -> i64 {
        self.minus_secs(days * DAY_SECS)
    }
}

/// A timestamp as PostgREST prints it: `2026-01-01T00:00:00+00:00`. Text that sorts as the time does.
#[must_use]
pub fn timestamp_text(unix_secs: i64) -> String {
    let (year, month, day) = civil_date(unix_secs.div_euclid(DAY_SECS));
    let second_of_day = unix_secs.rem_euclid(DAY_SECS);
    let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+00:00")
}

/// Year, month and day of a day number since 1970-01-01, in the proleptic Gregorian calendar
/// (the era arithmetic of Howard Hinnant's `civil_from_days`).
fn civil_date(days_since_epoch: i64) -> (i64, i64, i64) {
    let shifted = days_since_epoch + 719_468; // days since 0000-03-01
    let era = shifted.div_euclid(146_097); // days of 400 years
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_anchor_is_the_midnight_before() {
        assert_eq!(Anchor::of_day_containing(86_399).unix_secs(), 0);
        assert_eq!(Anchor::of_day_containing(86_400).unix_secs(), 86_400);
        assert_eq!(Anchor::of_day_containing(-1).unix_secs(), -86_400);
    }

    #[test]
    fn timestamps_are_printed_as_postgrest_prints_them() {
        assert_eq!(timestamp_text(0), "1970-01-01T00:00:00+00:00");
        assert_eq!(timestamp_text(951_782_400), "2000-02-29T00:00:00+00:00");
        assert_eq!(timestamp_text(1_767_225_600), "2026-01-01T00:00:00+00:00");
        assert_eq!(timestamp_text(1_795_458_645), "2026-11-23T18:30:45+00:00");
        assert_eq!(timestamp_text(-1), "1969-12-31T23:59:59+00:00");
    }
}

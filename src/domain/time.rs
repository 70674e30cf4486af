//! Time as values. Nothing here asks what time it is: that is `clock`, and only from layer 4 up.
//!
//! Two kinds are kept apart by type. A [`Timestamp`] is wall-clock time: shown to people and used
//! for days. A [`Moment`] is monotonic time: leases, settle looks, due times and limiters count in
//! it, so a wall clock set two hours back delays nothing and one set forward lapses nothing.

use std::fmt;

use jiff::tz::TimeZone;

/// Milliseconds of wall-clock time since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// Milliseconds of monotonic time. The daemon continues counting where its database left off, so a
/// moment of an earlier run is never later than one of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub u64);

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Delay(pub u64);

/// Both clocks read together: what a step is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// For people and days.
    pub wall: Timestamp,
    /// For everything that waits.
    pub mono: Moment,
}

impl Now {
    /// The wall-clock time of a moment, as seen from now.
    pub fn wall_of(self, moment: Moment) -> Timestamp {
        let ahead = i64::try_from(moment.since(self.mono).0).unwrap_or(i64::MAX);
        let behind = i64::try_from(self.mono.since(moment).0).unwrap_or(i64::MAX);
        Timestamp(self.wall.0.saturating_add(ahead).saturating_sub(behind))
    }
}

impl Delay {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A delay of whole seconds.
    pub const fn secs(seconds: u64) -> Self {
        Self(seconds * 1000)
    }

    /// A delay of whole minutes.
    pub const fn mins(minutes: u64) -> Self {
        Self::secs(minutes * 60)
    }

    /// The same length as the standard library's type.
    pub const fn std(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0)
    }
}

impl Moment {
    /// The moment a delay later.
    pub const fn after(self, delay: Delay) -> Self {
        Self(self.0.saturating_add(delay.0))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub const fn since(self, earlier: Self) -> Delay {
        Delay(self.0.saturating_sub(earlier.0))
    }
}

impl Timestamp {
    /// The timestamp a delay later.
    pub const fn after(self, delay: Delay) -> Self {
        Self(self.0.saturating_add_unsigned(delay.0))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub const fn since(self, earlier: Self) -> Delay {
        let difference = self.0.saturating_sub(earlier.0);
        if difference < 0 { Delay(0) } else { Delay(difference.unsigned_abs()) }
    }

    fn instant(self) -> jiff::Timestamp {
        // Clamped: a clock that shows the year 12000 must not end the program.
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    /// RFC 3339 in UTC with milliseconds, as in all JSON of ours.
    pub fn rfc3339(self) -> String {
        format!("{:.3}", self.instant())
    }

    /// As part of a file's name: `20261129T043000Z`.
    pub fn stamp(self) -> String {
        let text = format!("{:.0}", self.instant());
        text.chars().filter(|c| c.is_ascii_alphanumeric()).collect()
    }

    /// Reads a date-time as Linnworks writes it: with `Z`, an offset, or no offset at all, which
    /// means UTC. `0001-01-01…` means "no date" and is `None`, as is anything unreadable.
    pub fn parse_lenient(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.starts_with("0001-01-01") {
            return None;
        }
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(Self(instant.as_millisecond()));
        }
        let local = text.parse::<jiff::civil::DateTime>().ok()?;
        let zoned = local.to_zoned(TimeZone::UTC).ok()?;
        Some(Self(zoned.timestamp().as_millisecond()))
    }
}

/// A calendar day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub jiff::civil::Date);

impl Day {
    /// `2026-11-26`.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// The date part of a time as Stream writes it, never converted between zones: it labels the time of
    /// day in the United Kingdom with `Z`.
    pub fn as_written(text: &str) -> Option<Self> {
        text.trim().get(..10).and_then(Self::parse)
    }

    /// 0 = Monday.
    pub fn weekday(self) -> u8 {
        self.0.weekday().to_monday_zero_offset().unsigned_abs()
    }

    /// `Mon` to `Sun`.
    pub fn short_name(self) -> &'static str {
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][usize::from(self.weekday() % 7)]
    }

    /// The day after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.tomorrow().unwrap_or(self.0))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The warehouse's time zone: "today", weekdays and the lookback are computed in it.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// An IANA name such as `Europe/London`; `None` when there is no such zone.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// The name it was made from.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The local day of a timestamp.
    pub fn day(&self, at: Timestamp) -> Day {
        Day(at.instant().to_zoned(self.0.clone()).date())
    }

    /// The same local time of day, `days` days earlier: the start of the lookback window.
    pub fn days_before(&self, at: Timestamp, days: u32) -> Timestamp {
        let zoned = at.instant().to_zoned(self.0.clone());
        let span = jiff::Span::new().days(i64::from(days));
        match zoned.checked_sub(span) {
            Ok(earlier) => Timestamp(earlier.timestamp().as_millisecond()),
            Err(_) => Timestamp(i64::MIN / 2),
        }
    }

    /// The local date and time written with `Z`, which is how Stream labels the time of day in the
    /// United Kingdom: `2026-07-01T09:00:00Z` for eight o'clock UTC in summer.
    pub fn wall_clock(&self, at: Timestamp) -> String {
        at.instant().to_zoned(self.0.clone()).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The reverse of [`Self::wall_clock`], also for `2026-07-01T09-00Z`; `None` when it is no time.
    pub fn of_wall_clock(&self, text: &str) -> Option<Timestamp> {
        let text = text.trim().trim_end_matches('Z');
        let (date, time) = text.split_once('T')?;
        let mut parts = time.split(['-', ':']);
        let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let time = jiff::civil::Time::new(hour, minute, 0, 0).ok()?;
        let local = date.parse::<jiff::civil::Date>().ok()?.to_datetime(time);
        let zoned = local.to_zoned(self.0.clone()).ok()?;
        Some(Timestamp(zoned.timestamp().as_millisecond()))
    }

    /// For people, since when: `14:05`, local, with the day when it is another one.
    pub fn since(&self, at: Timestamp, now: Timestamp) -> String {
        let form = if self.day(at) == self.day(now) { "%H:%M" } else { "%a %d %b %H:%M" };
        at.instant().to_zoned(self.0.clone()).strftime(form).to_string()
    }

    /// For people: `Mon 23 Nov 14:05:09`, local.
    pub fn show(&self, at: Timestamp) -> String {
        at.instant().to_zoned(self.0.clone()).strftime("%a %d %b %H:%M:%S").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_lenient(text).expect("a time")
    }

    #[test]
    fn linnworks_dates_are_read_in_each_form_seen_and_no_date_is_none() {
        assert_eq!(at("2023-01-10T13:49:54.541253+00:00").rfc3339(), "2023-01-10T13:49:54.541Z");
        assert_eq!(at("2026-09-01T08:15:00Z"), at("2026-09-01T08:15:00"));
        assert_eq!(at("2026-09-01T09:15:00+01:00"), at("2026-09-01T08:15:00"));
        assert_eq!(Timestamp::parse_lenient("0001-01-01T00:00:00"), None);
        assert_eq!(Timestamp::parse_lenient("soon"), None);
    }

    #[test]
    fn the_lookback_keeps_the_local_time_of_day_over_a_change_of_clocks() {
        let london = Zone::named("Europe/London").expect("known");
        // The clocks went back on 25 October 2026, so seven local days before are 169 hours.
        let start = london.days_before(at("2026-10-28T12:00:00Z"), 7);
        assert_eq!(start.rfc3339(), "2026-10-21T11:00:00.000Z");
    }

    #[test]
    fn the_local_day_is_the_sites_and_not_utc() {
        let london = Zone::named("Europe/London").expect("known");
        assert_eq!(london.day(at("2026-07-01T23:30:00Z")).to_string(), "2026-07-02");
        assert_eq!(london.day(at("2026-12-01T23:30:00Z")).to_string(), "2026-12-01");
    }
}

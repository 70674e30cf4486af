//! What the console knows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::acts::Question;
use crate::protocol::Action;
use crate::protocol::screens::{Body, HeadView, LineView, Listing, Query, Snapshot, Watch};
use crate::text;

/// Lines of the activity that are kept.
pub const LINES_MAX: usize = 5_000;

/// Longest filter or command that can be typed.
pub const INPUT_CHARS_MAX: usize = 120;

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Screen {
    /// Is all well.
    Overview,
    /// Orders.
    Orders,
    /// Jobs.
    Queue,
    /// Orders that need somebody, by cause.
    Errors,
    /// Runs and stops.
    Runs,
    /// Notifications.
    Webhooks,
    /// Depots and services.
    Services,
    /// The journal.
    Activity,
    /// The configuration.
    Settings,
    /// One order.
    Order(u64),
}

impl Screen {
    /// Those with a number.
    pub const TABS: [Self; 9] = [
        Self::Overview,
        Self::Orders,
        Self::Queue,
        Self::Errors,
        Self::Runs,
        Self::Webhooks,
        Self::Services,
        Self::Activity,
        Self::Settings,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Orders => "Orders",
            Self::Queue => "Queue",
            Self::Errors => "Errors",
            Self::Runs => "Runs",
            Self::Webhooks => "Webhooks",
            Self::Services => "Services",
            Self::Activity => "Activity",
            Self::Settings => "Settings",
            Self::Order(_) => "Order",
        }
    }

    /// The columns by which it can be sorted, in the order of [`Listing::sort`].
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Orders => &["number", "state", "age", "reference", "service", "run"],
            Self::Queue => &["urgency", "kind", "order", "attempts", "due", "age"],
            Self::Errors => &["count", "first", "last"],
            Self::Webhooks => &["time"],
            _ => &[],
        }
    }
}

/// Where one is in a list; kept while other screens are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListState {
    /// What must be found.
    pub filter: String,
    /// By which column.
    pub sort: u8,
    /// The other way round.
    pub descending: bool,
    /// First row shown.
    pub offset: usize,
    /// The row one is at, in the whole list.
    pub cursor: usize,
    /// Its key, by which it is found when rows come and go.
    pub focus: Option<u64>,
    /// Rows of the whole list.
    pub total: usize,
    /// Rows that were picked with space.
    pub picked: BTreeSet<u64>,
}

/// Whether data is live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not yet.
    Connecting,
    /// It comes as it changes.
    Live,
    /// It is old.
    Lost {
        /// Since when, of the local clock.
        since: i64,
        /// Which try is under way.
        attempt: u32,
        /// Why, in words.
        why: String,
    },
}

/// What is typed into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// The keys, with what was typed to find one.
    Help(String),
    /// A command by name.
    Palette {
        /// Typed so far.
        input: String,
        /// Which of the matches is meant.
        at: usize,
    },
    /// The filter of the list.
    Filter,
    /// Something is asked before it is done.
    Ask(Question),
}

/// What cannot be taken back goes out after a moment in which it can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What it is about: `order 104512`.
    pub what: String,
    /// What is done then.
    pub action: Action,
    /// When, of the local clock.
    pub at: i64,
}

/// A line that stands for a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// A sentence.
    pub text: String,
    /// Until when, of the local clock.
    pub until: i64,
}

/// How it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Nothing may be changed from here.
    pub read_only: bool,
    /// Without colours.
    pub plain: bool,
    /// With ASCII alone.
    pub ascii: bool,
    /// There is a command that prints.
    pub printer: bool,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Model {
    /// How it was started.
    pub options: Options,
    /// Where one is.
    pub screen: Screen,
    /// Where Esc leads.
    pub trail: Vec<Screen>,
    /// Where one is in each list.
    pub lists: BTreeMap<Screen, ListState>,
    /// The last data of each screen.
    pub bodies: BTreeMap<Screen, Body>,
    /// What stands on every screen.
    pub head: HeadView,
    /// Whether data is live.
    pub link: Link,
    /// The local clock, in milliseconds, and what it showed when `head` came.
    pub local: i64,
    /// See above.
    pub head_at: i64,
    /// What is typed into.
    pub overlay: Option<Overlay>,
    /// A line that stands for a moment.
    pub toast: Option<Toast>,
    /// What goes out in a moment.
    pub pending: Option<Pending>,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Personal data is shown.
    pub reveal: bool,
    /// Times are shown exactly rather than as ages.
    pub exact: bool,
    /// On the page of an order: what was last said about it, in full.
    pub exchanges: bool,
    /// The mouse is ours; off, the terminal selects text.
    pub mouse: bool,
    /// Scrolled down by so many lines, on pages that are no lists.
    pub scroll: usize,
    /// The journal as far as it was followed.
    pub lines: VecDeque<LineView>,
    /// Lines that came while following is paused; `None` while it follows.
    pub unread: Option<usize>,
    /// The day of the runs; `None`: all from yesterday on.
    pub day: Option<String>,
    /// Number of the question that is asked; answers to others are dropped.
    pub asked: u64,
    /// What of it was seen.
    pub seen: u64,
}

impl Model {
    /// At its start.
    pub fn new(options: Options, size: (u16, u16), local: i64) -> Self {
        Self {
            options,
            screen: Screen::Overview,
            trail: Vec::new(),
            lists: BTreeMap::new(),
            bodies: BTreeMap::new(),
            head: HeadView::default(),
            link: Link::Connecting,
            local,
            head_at: local,
            overlay: None,
            toast: None,
            pending: None,
            size,
            reveal: false,
            exact: false,
            exchanges: false,
            mouse: true,
            scroll: 0,
            lines: VecDeque::new(),
            unread: None,
            day: None,
            asked: 1,
            seen: 0,
        }
    }

    /// The daemon's clock now.
    pub fn now(&self) -> i64 {
        self.head.now + (self.local - self.head_at).max(0)
    }

    /// Whether this peer may act from here.
    pub fn may_act(&self) -> bool {
        self.head.operator && !self.options.read_only && self.link == Link::Live
    }

    /// The data of the screen.
    pub fn body(&self) -> Option<&Body> {
        self.bodies.get(&self.screen)
    }

    /// Where one is in the list of the screen.
    pub fn list(&self) -> ListState {
        self.lists.get(&self.screen).cloned().unwrap_or_default()
    }

    /// The same, to be changed.
    pub fn list_mut(&mut self) -> &mut ListState {
        self.lists.entry(self.screen).or_default()
    }

    /// Whether the screen is a list that the daemon pages.
    pub fn is_list(&self) -> bool {
        !self.screen.columns().is_empty()
    }

    /// Rows a list shows at this size: the header takes three lines, verdict and heading one each, the footer two.
    pub fn list_rows(&self) -> usize {
        usize::from(self.size.1).saturating_sub(7).max(1)
    }

    /// What is to be asked for.
    pub fn watch(&self) -> Watch {
        let list = self.list();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let listing = Listing {
            filter: list.filter,
            sort: list.sort,
            descending: list.descending,
            offset: count(list.offset),
            rows: count(self.list_rows()),
            // At the top of a list that grows there, one stays at the top.
            focus: list.focus.filter(|_| self.screen != Screen::Webhooks || list.cursor > 0),
        };
        let query = match self.screen {
            Screen::Overview => Query::Overview,
            Screen::Orders => Query::Orders(listing),
            Screen::Queue => Query::Queue(listing),
            Screen::Errors => Query::Errors(listing),
            Screen::Runs => Query::Runs { day: self.day.clone() },
            Screen::Webhooks => Query::Webhooks(listing),
            Screen::Services => Query::Services,
            Screen::Activity => Query::Activity { after: self.lines.back().map(|line| line.seq) },
            Screen::Settings => Query::Settings,
            Screen::Order(number) => Query::Order { number },
        };
        Watch { asked: self.asked, seen: self.seen, reveal: self.reveal, query }
    }

    /// The keys of the rows that are shown, from the first one.
    pub fn keys(&self) -> (usize, Vec<u64>) {
        match self.body() {
            Some(Body::Orders(page)) => {
                (page.offset as usize, page.rows.iter().map(|row| row.number).collect())
            }
            Some(Body::Queue(page)) => {
                (page.offset as usize, page.rows.iter().map(|row| row.key).collect())
            }
            Some(Body::Errors(page)) => {
                (page.offset as usize, page.rows.iter().map(|row| row.key).collect())
            }
            Some(Body::Webhooks(page)) => {
                (page.offset as usize, page.rows.iter().map(|row| row.key).collect())
            }
            _ => (0, Vec::new()),
        }
    }

    /// The orders that a command is about: those picked, else the one at the cursor.
    pub fn orders(&self) -> Vec<u64> {
        let list = self.list();
        match (self.screen, self.body()) {
            (Screen::Order(number), _) => vec![number],
            (Screen::Orders, _) if !list.picked.is_empty() => list.picked.into_iter().collect(),
            (Screen::Orders, _) => list.focus.into_iter().collect(),
            (Screen::Queue, Some(Body::Queue(page))) => page
                .rows
                .iter()
                .filter(|row| Some(row.key) == list.focus)
                .map(|r| r.order)
                .collect(),
            (Screen::Errors, Some(Body::Errors(page))) => page
                .rows
                .iter()
                .filter(|row| list.picked.contains(&row.key) || Some(row.key) == list.focus)
                .flat_map(|row| row.numbers.clone())
                .collect(),
            (Screen::Overview, Some(Body::Overview(view))) => {
                let at = list.cursor;
                view.status.stuck.get(at).map(|stuck| stuck.number).into_iter().collect()
            }
            (Screen::Runs, Some(Body::Runs(_))) => {
                self.stop().map(|stop| stop.1).into_iter().collect()
            }
            (Screen::Webhooks, Some(Body::Webhooks(page))) => page
                .rows
                .iter()
                .filter(|row| Some(row.key) == list.focus)
                .filter_map(|row| row.order)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The run at the cursor of the runs, and the order when it stands on a stop.
    pub fn stop(&self) -> Option<(usize, u64)> {
        let Some(Body::Runs(runs)) = self.body() else { return None };
        let mut at = self.list().cursor;
        for (index, run) in runs.iter().enumerate() {
            if at == 0 {
                return run.stops.first().map(|stop| (index, stop.number));
            }
            at -= 1;
            if at < run.stops.len() {
                return Some((index, run.stops[at].number));
            }
            at -= run.stops.len();
        }
        None
    }

    /// Rows one can stand on, on screens whose rows all are here.
    pub fn own_rows(&self) -> Option<usize> {
        match self.body() {
            Some(Body::Overview(view)) => Some(view.status.stuck.len()),
            Some(Body::Runs(runs)) => Some(runs.iter().map(|run| 1 + run.stops.len()).sum()),
            _ => None,
        }
    }

    /// Takes in a screen.
    pub fn shown(&mut self, snapshot: Snapshot) {
        self.head = snapshot.head;
        self.head_at = self.local;
        self.link = Link::Live;
        if snapshot.asked != self.asked {
            return;
        }
        self.seen = snapshot.seen;
        if let Body::Activity(lines) = &snapshot.body {
            self.follow(lines);
        }
        let page = match &snapshot.body {
            Body::Orders(page) => Some((page.total, page.offset, page.focus)),
            Body::Queue(page) => Some((page.total, page.offset, page.focus)),
            Body::Errors(page) => Some((page.total, page.offset, page.focus)),
            Body::Webhooks(page) => Some((page.total, page.offset, page.focus)),
            _ => None,
        };
        self.bodies.insert(self.screen, snapshot.body);
        if let Some((total, offset, focus)) = page {
            let list = self.list_mut();
            (list.total, list.offset) = (total as usize, offset as usize);
            if let Some(focus) = focus {
                list.cursor = focus as usize;
            }
            list.cursor = list.cursor.min(list.total.saturating_sub(1));
            self.settle_focus();
        } else if let Some(rows) = self.own_rows() {
            let list = self.list_mut();
            list.cursor = list.cursor.min(rows.saturating_sub(1));
        }
    }

    /// The key of the row at the cursor, once that row is here.
    pub fn settle_focus(&mut self) {
        let (offset, keys) = self.keys();
        let list = self.list_mut();
        list.focus = list.cursor.checked_sub(offset).and_then(|at| keys.get(at)).copied();
    }

    fn follow(&mut self, lines: &[LineView]) {
        let last = self.lines.back().map_or(0, |line| line.seq);
        let news: Vec<_> = lines.iter().filter(|line| line.seq > last).cloned().collect();
        if let Some(unread) = self.unread.as_mut() {
            *unread += news.len();
            self.scroll += news.len();
        }
        self.lines.extend(news);
        while self.lines.len() > LINES_MAX {
            self.lines.pop_front();
        }
    }

    /// Says something for some seconds.
    pub fn say(&mut self, text: impl Into<String>) {
        let text = text.into();
        let time = 3_000 + 40 * i64::try_from(text.len()).unwrap_or(0);
        self.toast = Some(Toast { text, until: self.local + time });
    }

    /// A time as it is shown: how long ago, or exactly.
    pub fn time(&self, at: i64) -> String {
        if self.exact {
            text::moment(&self.head.zone, self.now(), at)
        } else {
            text::age(self.now(), at)
        }
    }
}

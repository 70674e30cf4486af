//! Asking the daemon: where its socket is, and lists page by page.

use std::path::{Path, PathBuf};

use tui::client::Client;
use tui::protocol::views::{JobView, OrderView, WebhookView};
use tui::protocol::{PAGE_ROWS_MAX, Reply, Request};

use super::{Exit, Failed};
use crate::config::Config;

/// Connects to the daemon at `--socket`, else where the configuration says.
pub(super) fn connect(config: &Path, socket: Option<PathBuf>) -> Result<Client, Failed> {
    let socket = match socket {
        Some(socket) => socket,
        None => Config::socket_of(config).map_err(|problems| Failed::new(Exit::Usage, problems))?,
    };
    Ok(Client::connect(&socket, env!("CARGO_PKG_VERSION"))?)
}

/// The daemon answered something else than was asked: the versions agree, so it is a defect.
pub(super) fn unexpected(reply: &Reply) -> Failed {
    let kind = format!("{reply:?}");
    let kind = kind.split(['(', ' ', '{']).next().unwrap_or_default().to_owned();
    Failed::new(Exit::Internal, format!("the daemon answered {kind} to another question: a defect"))
}

/// All rows of a list, or the first `limit`.
fn pages<T>(
    limit: Option<u32>,
    mut page: impl FnMut(Option<u64>, u32) -> Result<Vec<T>, Failed>,
    key: impl Fn(&T) -> u64,
) -> Result<Vec<T>, Failed> {
    let mut rows: Vec<T> = Vec::new();
    loop {
        let have = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let want =
            limit.map_or(PAGE_ROWS_MAX, |limit| limit.saturating_sub(have).min(PAGE_ROWS_MAX));
        if want == 0 {
            return Ok(rows);
        }
        let more = page(rows.last().map(&key), want)?;
        let full = more.len() >= want as usize;
        rows.extend(more);
        if !full {
            return Ok(rows);
        }
    }
}

/// Orders, by number.
pub(super) fn orders(
    client: &mut Client,
    state: Option<&str>,
    search: Option<&str>,
    limit: Option<u32>,
) -> Result<Vec<OrderView>, Failed> {
    let ask = |after, limit| {
        let request = Request::Orders {
            state: state.map(str::to_owned),
            search: search.map(str::to_owned),
            after,
            limit,
        };
        match client.ask(&request)? {
            Reply::Orders(rows) => Ok(rows),
            other => Err(unexpected(&other)),
        }
    };
    pages(limit, ask, |row: &OrderView| row.number)
}

/// Jobs, by id.
pub(super) fn jobs(
    client: &mut Client,
    state: Option<&str>,
    limit: Option<u32>,
) -> Result<Vec<JobView>, Failed> {
    let ask = |after, limit| match client.ask(&Request::Jobs {
        state: state.map(str::to_owned),
        after,
        limit,
    })? {
        Reply::Jobs(rows) => Ok(rows),
        other => Err(unexpected(&other)),
    };
    pages(limit, ask, |row: &JobView| row.key)
}

/// Notifications, by id.
pub(super) fn webhooks(
    client: &mut Client,
    limit: Option<u32>,
) -> Result<Vec<WebhookView>, Failed> {
    let ask = |after, limit| match client.ask(&Request::Webhooks { after, limit })? {
        Reply::Webhooks(rows) => Ok(rows),
        other => Err(unexpected(&other)),
    };
    pages(limit, ask, |row: &WebhookView| row.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_asked_for_until_a_page_is_not_full_or_the_limit_is_reached() {
        let all: Vec<u64> = (1..=1_234).collect();
        let page = |after: Option<u64>, limit: u32| {
            let from = after.unwrap_or(0);
            Ok(all.iter().copied().filter(|n| *n > from).take(limit as usize).collect())
        };
        assert_eq!(pages(None, page, |n| *n).expect("all").len(), 1_234);
        assert_eq!(pages(Some(700), page, |n| *n).expect("some"), all[..700]);
        assert_eq!(pages(Some(0), page, |n| *n).expect("none"), Vec::<u64>::new());
    }
}

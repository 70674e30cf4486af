//! Authorisation, sessions, and the published limits per method.

use std::collections::{BTreeMap, VecDeque};

use serde_json::json;

use super::{message, ok};
use crate::domain::time::{Moment, Now};
use crate::http::Response;
use crate::sandbox::encoding::{Params, ZERO_GUID};
use crate::sandbox::ledger::WINDOW;
use crate::sandbox::options::WorldOptions;

/// Sessions alive at once; the oldest goes. A client that authorises per call makes many.
const SESSIONS_MAX: usize = 1_000;

/// Methods published with 250 calls a minute; all others have 150.
const HOT: [&str; 24] = [
    "orders/getopenorders",
    "orders/getallopenorders",
    "orders/getordersbyid",
    "orders/getorderdetailsbynumorderid",
    "orders/getorderdetailsbyreferenceid",
    "orders/getorderitems",
    "orders/getordernotes",
    "orders/setordernotes",
    "orders/getextendedproperties",
    "orders/setextendedproperties",
    "orders/setordershippinginfo",
    "orders/setordergeneralinfo",
    "orders/processorder",
    "orders/processordersinbatch",
    "orders/processfulfilmentcentreorder",
    "orders/assigntofolder",
    "orders/unassigntofolder",
    "orders/changeordertag",
    "orders/getorderpackagingsplit",
    "orders/getorderaudittrail",
    "orders/getorderrelations",
    "orders/getorderxml",
    "openorders/assignorderidentifier",
    "openorders/unassignorderidentifier",
];

/// The published limit of a method, in calls a minute.
pub fn limit_of(method: &str) -> usize {
    let method = method.to_ascii_lowercase();
    if HOT.contains(&method.as_str()) { 250 } else { 150 }
}

/// Who is in, and how often each method was called.
#[derive(Default)]
pub(in crate::sandbox) struct Access {
    sessions: VecDeque<(String, Moment)>,
    made: u64,
    admitted: BTreeMap<String, VecDeque<Moment>>,
}

impl Access {
    /// Answers `AuthorizeByApplication`.
    pub fn authorize(&mut self, now: Now, params: &Params, options: &WorldOptions) -> Response {
        let wanted = &options.credentials;
        let same = |name: &str, value: &str| params.text(name).eq_ignore_ascii_case(value);
        let given = ["ApplicationId", "ApplicationSecret", "Token"];
        if given.iter().any(|name| params.text(name).is_empty()) {
            return message(400, "'request' parameter is missing");
        }
        if !(same("ApplicationId", &wanted.application_id)
            && same("ApplicationSecret", &wanted.application_secret)
            && same("Token", &wanted.token))
        {
            return message(401, "Application id, secret or token is not valid.");
        }
        self.made += 1;
        let token = format!("5e551000-7777-4888-9999-{:012x}", self.made);
        self.sessions.push_back((token.clone(), now.mono));
        if self.sessions.len() > SESSIONS_MAX {
            self.sessions.pop_front();
        }
        ok(&json!({
            "Id": ZERO_GUID, "UserId": ZERO_GUID, "EntityId": ZERO_GUID, "Token": token,
            "Server": options.linnworks_server, "TTL": 1800, "Locality": "EU",
            "Email": "sandbox@example.test", "UserName": "Sandbox", "UserType": "LinnworksUser",
            "AppName": "linnstream sandbox", "SuperAdmin": false,
            "Status": {"State": "ACTIVE", "Reason": "", "Parameters": {}}, "Properties": {},
            "PushServer": "", "Md5Hash": "", "Device": "", "DeviceType": "Other",
        }))
    }

    /// Whether a token is that of a living session, which the call keeps alive.
    pub fn session_is_alive(&mut self, now: Now, token: &str, options: &WorldOptions) -> bool {
        self.sessions.retain(|(_, used)| now.mono.since(*used) <= options.session_idle);
        match self.sessions.iter_mut().rev().find(|(known, _)| known == token) {
            Some((_, used)) => {
                *used = now.mono;
                true
            }
            None => false,
        }
    }

    /// Ends every session.
    pub fn end_sessions(&mut self) {
        self.sessions.clear();
    }

    /// Counts a call, or refuses it with 429. A refused call does not count.
    pub fn admit(
        &mut self,
        now: Now,
        method: &str,
        options: &WorldOptions,
    ) -> Result<(), Response> {
        if !options.limits {
            return Ok(());
        }
        let limit = limit_of(method);
        let window = self.admitted.entry(method.to_ascii_lowercase()).or_default();
        while window.front().is_some_and(|at| now.mono.since(*at) >= WINDOW) {
            window.pop_front();
        }
        if window.len() < limit {
            window.push_back(now.mono);
            return Ok(());
        }
        let text = format!("API calls quota exceeded! Maximum admitted {limit} per Minute.");
        let mut refused = message(429, &text);
        if options.retry_after {
            let age = window.front().map_or(0, |oldest| now.mono.since(*oldest).0);
            let seconds = WINDOW.0.saturating_sub(age).div_ceil(1000).max(1);
            refused.headers.push(("Retry-After".to_owned(), seconds.to_string()));
        }
        Err(refused)
    }
}

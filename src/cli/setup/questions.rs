//! What is asked, in words, and in which order.

/// One question for the value of a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    /// The key.
    pub(super) key: &'static str,
    /// In words.
    pub(super) text: &'static str,
    /// What stands for nothing typed; empty for none.
    pub(super) default: &'static str,
    /// Nothing is no answer.
    pub(super) needed: bool,
}

const fn needed(key: &'static str, text: &'static str, default: &'static str) -> Question {
    Question { key, text, default, needed: true }
}

const fn free(key: &'static str, text: &'static str) -> Question {
    Question { key, text, default: "", needed: false }
}

pub(super) const NAME: Question = needed("site.name", "Name of this site", "");
pub(super) const ZONE: Question =
    needed("site.time_zone", "Time zone of the warehouse", "Europe/London");
pub(super) const APPLICATION: Question =
    needed("linnworks.application_id", "Application id, from the developer portal", "");
pub(super) const VENDOR: Question =
    needed("linnworks.vendor", "Vendor of the postal services that go to Stream", "Stream");
pub(super) const BASE_URL: Question =
    needed("stream.base_url", "Address of Stream", "https://www.demo.go2stream.net");
pub(super) const CLIENT: Question = needed("stream.client_id", "Client id", "");
pub(super) const STOCK: Question =
    needed("warehouse.default_location", "Which stock location of Stream", "");
pub(super) const PUBLIC_URL: Question =
    free("listener.public_url", "Public address, https://…, or Enter for none");

/// Printed on labels.
pub(super) const SENDER: [Question; 10] = [
    needed("sender.contact_name", "Contact name", ""),
    needed("sender.company", "Company", ""),
    needed("sender.address1", "Address, first line", ""),
    free("sender.address2", "Address, second line"),
    free("sender.address3", "Address, third line"),
    needed("sender.city", "Town or city", ""),
    needed("sender.region", "County or region", ""),
    needed("sender.country", "Country", "GB"),
    needed("sender.postcode", "Postcode", ""),
    needed("sender.phone", "Phone", ""),
];

/// A secret, by the name of its credential.
#[derive(Clone, Copy, Debug)]
pub(super) struct Secret {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

pub(super) const APPLICATION_SECRET: Secret =
    Secret { name: "linnworks-secret", text: "Application secret" };
pub(super) const TOKEN: Secret =
    Secret { name: "linnworks-token", text: "Token of the installation" };
pub(super) const CLIENT_SECRET: Secret = Secret { name: "stream-secret", text: "Client secret" };

/// Keys without which there is no installation.
pub(super) fn all_needed() -> impl Iterator<Item = &'static str> {
    let sender = SENDER.iter().filter(|one| one.needed);
    [APPLICATION.key, CLIENT.key].into_iter().chain(sender.map(|one| one.key))
}

/// Before the question for the public address.
pub(super) const WAYS_IN: &str = "\
How can Stream and Linnworks reach this machine? Without a way in everything works but labels printed from
Linnworks; changes in Stream are then found by asking, within minutes. Ways in, each ending TLS and leading to
listener.bind:
  1  Cloudflare Tunnel: no public address needed; Cloudflare sees the traffic
  2  Tailscale Funnel: no public address needed; a name under ts.net
  3  a reverse proxy such as Caddy on this network, with a port forwarded to it
  4  a small server outside with WireGuard to here and Caddy on it";

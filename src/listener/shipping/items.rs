//! What the wizard shows: the guide's ten sections, each item with the key of the configuration it sets.

use serde_json::{Value, json};

use crate::domain::validate::country;

/// What kind of value an item takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A whole number.
    Whole,
    /// Yes or no.
    Flag,
    /// Shown as a mask.
    Secret,
    /// One of these words.
    Words(&'static [(&'static str, &'static str)]),
    /// A country.
    Country,
    /// Shown only.
    Note,
}

/// One item.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// `ConfigItemId`, at most 20 characters.
    pub id: &'static str,
    /// The key it sets.
    pub key: &'static str,
    /// Caption, at most 50 characters.
    pub name: &'static str,
    /// Tooltip, at most 100 characters.
    pub about: &'static str,
    /// Section.
    pub group: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be given.
    pub required: bool,
}

const fn item(
    id: &'static str,
    key: &'static str,
    name: &'static str,
    about: &'static str,
    group: &'static str,
    kind: Kind,
    required: bool,
) -> Item {
    Item { id, key, name, about, group, kind, required }
}

const CREDENTIALS: &str = "Stream API Credentials";
const PARTNER: &str = "Partner Account";
const SENDER: &str = "Sender Address";
const WAREHOUSE: &str = "Warehouse";
const LABEL: &str = "Label";
const WEBHOOK: &str = "Webhook";
const ORDERS: &str = "Order Synchronization";

/// Number of items of the first step.
pub const FIRST_STEP: usize = 3;

/// The item that holds the secret.
pub const SECRET_ID: &str = "StreamClientSecret";

/// Stands for a secret that is set; given back unchanged it means: keep it.
pub const MASK: &str = "********";

/// How other clients of this protocol write the same choices, bare of all but letters and digits.
pub(super) const ALSO: [(&str, &str); 5] = [
    ("default4x6", "default"),
    ("portraitnoqr", "portrait-without-qr"),
    ("compact100x50", "compact"),
    ("true", "on"),
    ("false", "off"),
];

/// All, in the order in which they are shown.
pub const ITEMS: [Item; 30] = [
    item(
        "StreamClientId",
        "stream.client_id",
        "Stream Client ID",
        "Client ID issued by your Stream administrator",
        CREDENTIALS,
        Kind::Text,
        true,
    ),
    item(
        SECRET_ID,
        "stream.client_secret_file",
        "Stream Client Secret",
        "Client secret issued by your Stream administrator",
        CREDENTIALS,
        Kind::Secret,
        true,
    ),
    item(
        "StreamBaseUrl",
        "stream.base_url",
        "Stream API Base URL",
        "Base address of the Stream API, without /api",
        CREDENTIALS,
        Kind::Text,
        true,
    ),
    item(
        "PartnerId",
        "partner.id",
        "Partner ID",
        "Stream partner that owns the orders; empty for none",
        PARTNER,
        Kind::Text,
        false,
    ),
    item(
        "PartnerName",
        "partner.name",
        "Partner Name",
        "Name of that partner; empty for none",
        PARTNER,
        Kind::Text,
        false,
    ),
    item(
        "NAME",
        "sender.contact_name",
        "Contact Name",
        "Name of the sender contact",
        SENDER,
        Kind::Text,
        true,
    ),
    item(
        "COMPANY",
        "sender.company",
        "Company Name",
        "Company shown as the sender",
        SENDER,
        Kind::Text,
        true,
    ),
    item(
        "ADDRESS1",
        "sender.address1",
        "Address 1",
        "First line of the sender address",
        SENDER,
        Kind::Text,
        true,
    ),
    item(
        "ADDRESS2",
        "sender.address2",
        "Address 2",
        "Second line of the sender address",
        SENDER,
        Kind::Text,
        false,
    ),
    item(
        "ADDRESS3",
        "sender.address3",
        "Address 3",
        "Third line of the sender address",
        SENDER,
        Kind::Text,
        false,
    ),
    item(
        "CITY",
        "sender.city",
        "Town/City",
        "Town or city of the sender",
        SENDER,
        Kind::Text,
        true,
    ),
    item(
        "REGION",
        "sender.region",
        "Region / County",
        "County or region of the sender",
        SENDER,
        Kind::Text,
        true,
    ),
    item(
        "COUNTRY",
        "sender.country",
        "Country",
        "Country of the sender",
        SENDER,
        Kind::Country,
        true,
    ),
    item(
        "POSTCODE",
        "sender.postcode",
        "Postal Code",
        "Postcode of the sender",
        SENDER,
        Kind::Text,
        true,
    ),
    item(
        "TELEPHONE",
        "sender.phone",
        "Contact Phone Number",
        "Telephone number of the sender",
        SENDER,
        Kind::Text,
        true,
    ),
    item(
        "UseDefaultLocation",
        "warehouse.use_default_location",
        "Use Default Warehouse Location",
        "Use one warehouse for every shipment",
        WAREHOUSE,
        Kind::Flag,
        false,
    ),
    item(
        "DefaultLocation",
        "warehouse.default_location",
        "Default Warehouse",
        "Stock location in Stream used when the option above is on",
        WAREHOUSE,
        Kind::Text,
        false,
    ),
    item(
        "UseCurrentDate",
        "dates.pickup_today",
        "Use Current Date as Pickup Date",
        "Set the pickup date to the day the shipment is created",
        "Date",
        Kind::Flag,
        false,
    ),
    item(
        "SendChanges",
        "sync.changes",
        "Send Changes to Stream",
        "Bring shipments in line when orders change before they are planned",
        "Advanced",
        Kind::Flag,
        false,
    ),
    item(
        "LABELREFERENCE",
        "labels.reference",
        "Label Reference Type",
        "Which reference is printed on the label",
        LABEL,
        Kind::Words(&[
            ("order-id", "Linnworks Order ID"),
            ("channel-reference", "Channel Reference"),
        ]),
        false,
    ),
    item(
        "LabelFormat",
        "labels.format",
        "Label Format",
        "Layout and size of the label",
        LABEL,
        Kind::Words(&[
            ("default", "Default (4x6 with QR & Barcode)"),
            ("portrait-without-qr", "Portrait without QR"),
            ("portrait", "Portrait Standard"),
            ("compact", "Compact (100x50 mm without QR)"),
        ]),
        false,
    ),
    item(
        "LabelCopies",
        "labels.copies",
        "Number of Labels",
        "Copies of each label, 1 to 5",
        LABEL,
        Kind::Whole,
        false,
    ),
    item(
        "LabelDpi",
        "labels.dpi",
        "Printer Resolution",
        "Dots per inch of the label printer",
        LABEL,
        Kind::Words(&[("203", "203 dpi"), ("300", "300 dpi")]),
        false,
    ),
    item(
        "UseSequence",
        "identifiers.sequence",
        "Show Sequence Identifiers",
        "Show each order's place on its run as SEQ 01 to SEQ 20",
        "Stream",
        Kind::Flag,
        false,
    ),
    item(
        "WebhookEnabled",
        "webhooks.enabled",
        "Webhook Updates",
        "Let Stream tell of changes as they happen",
        WEBHOOK,
        Kind::Flag,
        false,
    ),
    item(
        "ProcessOnDelivered",
        "delivered.mark_processed",
        "Mark Order as Processed on Delivered",
        "Process the order in Linnworks when Stream reports delivery",
        WEBHOOK,
        Kind::Flag,
        false,
    ),
    item(
        "WebhookUrl",
        "",
        "Webhook URL",
        "Where Stream sends its updates; registered by itself",
        WEBHOOK,
        Kind::Note,
        false,
    ),
    item(
        "AutoOrderSync",
        "sync.orders",
        "Enable Order Synchronization",
        "Send orders to Stream by themselves",
        ORDERS,
        Kind::Words(&[
            ("off", "Off"),
            ("dry-run", "Dry run: only show what would be sent"),
            ("on", "On"),
        ]),
        false,
    ),
    item(
        "AutoDespatchSync",
        "sync.dispatch",
        "Enable Dispatch Synchronization",
        "Write tracking, run, day and status to Linnworks",
        ORDERS,
        Kind::Flag,
        false,
    ),
    item(
        "LinnDays",
        "sync.lookback_days",
        "Order Lookback Days",
        "Age of the oldest orders that are sent, 1 to 90 days",
        ORDERS,
        Kind::Whole,
        false,
    ),
];

/// The item as the protocol shows it, with its value.
pub(super) fn shown(item: &Item, sort: usize, value: &str, fixed: bool) -> Value {
    let choice = |(value, display): (&str, &str)| json!({"Display": display, "Value": value});
    let list: Vec<Value> = match item.kind {
        Kind::Words(words) => words.iter().map(|word| choice(*word)).collect(),
        Kind::Country => country::all().map(|(code, name)| choice((code, name))).collect(),
        Kind::Text | Kind::Whole | Kind::Flag | Kind::Secret | Kind::Note => Vec::new(),
    };
    let kind = match item.kind {
        Kind::Text | Kind::Note => 0,
        Kind::Whole => 1,
        Kind::Flag => 3,
        Kind::Secret => 4,
        Kind::Words(_) | Kind::Country => 5,
    };
    json!({
        "ConfigItemId": item.id,
        "Name": item.name,
        "Description": item.about,
        "GroupName": item.group,
        "SortOrder": sort,
        "SelectedValue": value,
        "RegExValidation": null,
        "RegExError": null,
        "MustBeSpecified": item.required,
        "ReadOnly": fixed || item.kind == Kind::Note,
        "ListValues": list,
        "ValueType": kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r24_the_wizard_has_the_ten_sections_of_the_guide_and_keeps_to_the_limits() {
        let mut groups: Vec<&str> = Vec::new();
        for item in &ITEMS {
            if !groups.contains(&item.group) {
                groups.push(item.group);
            }
            assert!(item.id.len() <= 20 && item.name.len() <= 50, "{}", item.id);
            assert!(item.about.len() <= 100 && item.group.len() <= 50, "{}", item.id);
        }
        assert_eq!(
            groups,
            [
                "Stream API Credentials",
                "Partner Account",
                "Sender Address",
                "Warehouse",
                "Date",
                "Advanced",
                "Label",
                "Stream",
                "Webhook",
                "Order Synchronization"
            ]
        );
    }

    #[test]
    fn r27_every_part_of_the_sender_but_the_further_lines_is_needed() {
        let sender = ITEMS.iter().filter(|item| item.group == SENDER && !item.required);
        let free: Vec<&str> = sender.map(|item| item.id).collect();
        assert_eq!(free, ["ADDRESS2", "ADDRESS3"]);
    }
}

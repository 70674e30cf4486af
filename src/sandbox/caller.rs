//! Linnworks as the one that calls: installs the integration, lists its services, prints, cancels, files the
//! day's manifest. It knows the published protocol and nothing of ours: every reply is held to the names and
//! kinds that Linnworks reads.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::linnworks::{Line, Order};
use super::poster;

/// Linnworks disconnects after this.
const WAIT_MAX: Duration = Duration::from_secs(100);

/// Steps of a wizard before it counts as endless.
const STEPS_MAX: usize = 10;

/// A service that can be picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Shown name.
    pub name: String,
    /// `ServiceUniqueId`.
    pub id: String,
}

/// Labels as they came.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    /// `LeadTrackingNumber`.
    pub tracking: String,
    /// For each package its number, its picture and further pictures, as text.
    pub packages: Vec<(i64, String, Vec<String>)>,
    /// Width and height in inches.
    pub size: (f64, f64),
}

/// One package of a request.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// `SequenceNumber`.
    pub sequence: i64,
    /// Grams.
    pub grams: f64,
}

/// The caller, with the token it was given.
#[derive(Clone)]
pub struct Caller {
    base: String,
    token: String,
}

impl Caller {
    /// Calls below this address, `http://127.0.0.1:PORT/SEGMENT/linnworks`.
    pub fn new(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), token: String::new() }
    }

    /// The token that was given.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Sends one request as it is and answers the reply, whatever it says.
    ///
    /// # Errors
    /// When there is no reply that Linnworks could read: another status than 200, no length, no JSON object,
    /// or without the two fields that say how it went.
    pub fn call(&self, endpoint: &str, mut body: Value) -> Result<Value, String> {
        if let Some(object) = body.as_object_mut()
            && !self.token.is_empty()
        {
            object.entry("AuthorizationToken").or_insert_with(|| json!(self.token));
        }
        let url = format!("{}/{endpoint}", self.base);
        let (status, head, answer) = poster::exchange(&url, body.to_string().as_bytes(), WAIT_MAX)
            .map_err(|error| format!("{endpoint}: {error}"))?;
        if status != 200 {
            return Err(format!("{endpoint} answered {status}"));
        }
        let head = head.to_ascii_lowercase();
        if !head.contains(&format!("content-length: {}", answer.len())) || head.contains("chunked")
        {
            return Err(format!("{endpoint} answered without a right Content-Length"));
        }
        let reply: Value = serde_json::from_slice(&answer)
            .map_err(|error| format!("{endpoint} answered no JSON: {error}"))?;
        let is_error = reply.get("IsError").and_then(Value::as_bool);
        let is_error = is_error.ok_or_else(|| format!("{endpoint}: IsError is missing"))?;
        match reply.get("ErrorMessage") {
            Some(Value::String(text)) if is_error && !text.is_empty() => Ok(reply),
            Some(Value::Null) if !is_error => Ok(reply),
            _ => Err(format!("{endpoint}: ErrorMessage does not fit IsError")),
        }
    }

    /// The same for a reply that must be good; `Err` holds its sentence.
    ///
    /// # Errors
    /// As [`Self::call`], and the sentence of a reply that says something went wrong.
    pub fn good(&self, endpoint: &str, body: Value) -> Result<Value, String> {
        let reply = self.call(endpoint, body)?;
        match reply["IsError"].as_bool() {
            Some(false) => Ok(reply),
            _ => Err(reply["ErrorMessage"].as_str().unwrap_or_default().to_owned()),
        }
    }

    /// Adds the integration and walks through its wizard with these values by item; the others keep what is
    /// shown. Answers the items of the finished settings with their values.
    ///
    /// # Errors
    /// What went wrong.
    pub fn install(
        &mut self,
        account: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, String> {
        self.token.clear();
        let user = json!({
            "Email": "warehouse@account.example",
            "LinnworksUniqueIdentifier": account,
            "AccountName": "Stream",
        });
        let reply = self.good("AddNewUser", user)?;
        self.token = text(&reply, "AuthorizationToken")?;
        for _ in 0..STEPS_MAX {
            let reply = self.good("UserConfig", json!({}))?;
            let shown = items(&reply)?;
            if reply["IsConfigActive"].as_bool() == Some(true) {
                return Ok(shown);
            }
            let update = json!({
                "ConfigStatus": text(&reply, "ConfigStatus")?,
                "ConfigItems": filled(&shown, values),
            });
            self.good("UpdateConfig", update)?;
        }
        Err("the wizard does not end".to_owned())
    }

    /// Changes settings of the finished integration.
    ///
    /// # Errors
    /// What went wrong.
    pub fn configure(&self, values: &BTreeMap<String, String>) -> Result<(), String> {
        let reply = self.good("UserConfig", json!({}))?;
        let shown = items(&reply)?;
        let status = text(&reply, "ConfigStatus")?;
        let update = json!({"ConfigStatus": status, "ConfigItems": filled(&shown, values)});
        self.good("UpdateConfig", update).map(drop)
    }

    /// What can be picked.
    ///
    /// # Errors
    /// What went wrong.
    pub fn services(&self) -> Result<Vec<Service>, String> {
        let reply = self.good("UserAvailableServices", json!({}))?;
        let all = reply["Services"].as_array().ok_or("Services is no list")?;
        all.iter()
            .map(|one| {
                if !one["ConfigItems"].is_array() || !one["ServiceProperty"].is_array() {
                    return Err("a service lacks a list".to_owned());
                }
                Ok(Service { name: text(one, "ServiceName")?, id: text(one, "ServiceUniqueId")? })
            })
            .collect()
    }

    /// Presses print for an order: all its goods in the first of these packages.
    ///
    /// # Errors
    /// What went wrong, as the packer reads it.
    pub fn print(
        &self,
        order: &Order,
        service: &str,
        packages: &[Package],
        options: &[(&str, bool)],
    ) -> Result<Labels, String> {
        let reply = self.good("GenerateLabel", request(order, service, packages, options))?;
        let found = reply["Package"].as_array().ok_or("Package is no list")?;
        let mut labels = Labels {
            tracking: text(&reply, "LeadTrackingNumber")?,
            packages: Vec::new(),
            size: (0.0, 0.0),
        };
        for one in found {
            let sequence = one["SequenceNumber"].as_i64().ok_or("SequenceNumber is no number")?;
            let more =
                one["AdditionalPngsBase64"].as_array().ok_or("no list of further pictures")?;
            let more = more.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            if one["PDFBytesDocumentationBase64"].as_array().is_none() {
                return Err("PDFBytesDocumentationBase64 must be a list".to_owned());
            }
            if text(one, "TrackingNumber")?.is_empty() {
                return Err("a label without a tracking number".to_owned());
            }
            let side =
                |name: &str| one[name].as_f64().ok_or_else(|| format!("{name} is no number"));
            labels.size = (side("LabelWidth")?, side("LabelHeight")?);
            labels.packages.push((sequence, text(one, "PNGLabelDataBase64")?, more));
        }
        let asked: Vec<i64> = packages.iter().map(|package| package.sequence).collect();
        let given: Vec<i64> = labels.packages.iter().map(|(sequence, ..)| *sequence).collect();
        if asked == given { Ok(labels) } else { Err(format!("asked for {asked:?}, got {given:?}")) }
    }

    /// Cancels the label of an order.
    ///
    /// # Errors
    /// What went wrong, as the packer reads it.
    pub fn cancel(&self, number: u32) -> Result<(), String> {
        self.good("CancelLabel", json!({"OrderReference": number.to_string()})).map(drop)
    }

    /// Files the manifest of these orders.
    ///
    /// # Errors
    /// What went wrong.
    pub fn file(&self, numbers: &[u32]) -> Result<String, String> {
        let orders: Vec<String> = numbers.iter().map(u32::to_string).collect();
        let reply = self.good("CreateManifest", json!({"OrderId": orders}))?;
        text(&reply, "ManifestReference")
    }

    /// The document of a manifest, as text.
    ///
    /// # Errors
    /// What went wrong.
    pub fn document(&self, reference: &str) -> Result<String, String> {
        let reply = self.good("PrintManifest", json!({"ManifestReference": reference}))?;
        text(&reply, "PDFbase64")
    }
}

fn text(reply: &Value, name: &str) -> Result<String, String> {
    let found = reply.get(name).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| format!("{name} is no text"))
}

/// Items of a step with their values, once each is as Linnworks reads it.
fn items(reply: &Value) -> Result<BTreeMap<String, String>, String> {
    let stage = &reply["ConfigStage"];
    text(stage, "WizardStepTitle")?;
    text(stage, "WizardStepDescription")?;
    let mut all = BTreeMap::new();
    for item in stage["ConfigItems"].as_array().ok_or("ConfigItems is no list")? {
        let id = text(item, "ConfigItemId")?;
        for name in ["Name", "Description", "GroupName"] {
            text(item, name)?;
        }
        let plain = item["ListValues"].is_array()
            && item["ValueType"].as_i64().is_some_and(|kind| (0..=5).contains(&kind))
            && item["SortOrder"].is_i64()
            && item["MustBeSpecified"].is_boolean()
            && item["ReadOnly"].is_boolean();
        if !plain || id.len() > 20 {
            return Err(format!("the item {id} is not as Linnworks reads it"));
        }
        all.insert(id, text(item, "SelectedValue")?);
    }
    Ok(all)
}

fn filled(shown: &BTreeMap<String, String>, values: &BTreeMap<String, String>) -> Value {
    let one = |(id, value): (&String, &String)| json!({"ConfigItemId": id, "SelectedValue": values.get(id).unwrap_or(value)});
    shown.iter().map(one).collect()
}

fn item(line: &Line) -> Value {
    json!({
        "ItemName": line.title,
        "ProductCode": line.sku,
        "Quantity": line.quantity,
        "UnitValue": 1.0,
        "UnitWeight": line.weight,
        "Height": 0.0,
        "Width": 0.0,
        "Length": 0.0,
        "ExtendedProperties": [],
    })
}

fn request(order: &Order, service: &str, packages: &[Package], options: &[(&str, bool)]) -> Value {
    let goods: Vec<Value> = order.lines.iter().filter(|line| !line.service).map(item).collect();
    let packages = packages.iter().enumerate().map(|(n, package)| {
        json!({
            "SequenceNumber": package.sequence,
            "PackageWeight": package.grams,
            "PackageWidth": 30.0,
            "PackageHeight": 20.0,
            "PackageDepth": 10.0,
            "PackageFormat": "BOX",
            "Items": if n == 0 { goods.clone() } else { Vec::new() },
        })
    });
    let options =
        options.iter().map(|(id, on)| json!({"ConfigItemId": id, "SelectedValue": on.to_string()}));
    let address = &order.address;
    json!({
        "Name": address.name,
        "CompanyName": address.company,
        "AddressLine1": address.lines[0],
        "AddressLine2": address.lines[1],
        "AddressLine3": address.lines[2],
        "Town": address.town,
        "Region": address.region,
        "CountryCode": "GB",
        "Postalcode": address.postcode,
        "DeliveryNote": "",
        "Email": "",
        "Phone": address.phone,
        "OrderId": order.number,
        "OrderReference": order.reference,
        "OrderCurrency": "GBP",
        "OrderValue": 1.0,
        "PostageCharges": order.postage,
        "ServiceId": service,
        "Packages": packages.collect::<Vec<Value>>(),
        "OrderExtendedProperties": [],
        "ServiceConfigItems": options.collect::<Vec<Value>>(),
    })
}

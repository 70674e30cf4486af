//! What an order needs before it may be sent: address, service, goods.
//!
//! A fault found here costs no call to Stream and is shown to people exactly like a refusal by
//! Stream, so every sentence names the field, shows the value where it helps and is not personal
//! beyond need (postcode, country, stock code), and says what is wanted.
//!
//! Knows the shape of an order. Must not know whether it is eligible (paid, parked, on hold), nor
//! how it is mapped beyond which lines are goods.
//!
//! - `postcode`: the United Kingdom's form, and what other countries need
//! - `country`: country names to ISO codes
//! - `text`: cleaning, cutting and the published lengths

pub mod country;
pub mod postcode;
pub mod text;

use std::fmt;

use super::ids::{Generation, StreamOrderNo};
use super::options::ShippingOptions;
use super::service::ServiceProblem;
use super::shipment::items::{self, QUANTITY_MAX};
use super::source::{Address, SourceOrder};

/// Longest piece of an order's text repeated in a sentence.
const QUOTED_MAX: usize = 40;

/// What an unpaid Amazon order has where the address will be.
const PLACEHOLDER: &str = "unknown";

/// A part of the shipping address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Recipient or company.
    Name,
    /// The street lines, of which one is needed.
    AddressLine,
    /// Town; never required, but it can hold a placeholder.
    Town,
    /// Postcode.
    Postcode,
    /// Country.
    Country,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "name or company",
            Self::AddressLine => "address line",
            Self::Town => "town",
            Self::Postcode => "postcode",
            Self::Country => "country",
        })
    }
}

/// A text that is never cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Uncut {
    /// Stream's order number.
    OrderNumber,
    /// The stock code of a line, counted from 1.
    StockCode(usize),
}

/// Why an order cannot be sent as it is. A postcode, a country, a stock code and a service name may
/// be shown; nothing else of the order is kept here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// A needed part of the shipping address is empty.
    MissingField(Field),
    /// The sales channel has put a placeholder where the address will be.
    Placeholder(Field),
    /// Not a postcode of that country.
    InvalidPostcode {
        /// As typed, cleaned.
        postcode: String,
        /// ISO code.
        country: String,
        /// What is wrong with it.
        fault: postcode::Fault,
    },
    /// No country of that name.
    UnknownCountry(String),
    /// The service does not lead to a depot and a delivery method.
    Service(ServiceProblem),
    /// Nothing in it can be shipped.
    NoItems,
    /// A quantity below 1 or beyond belief.
    Quantity {
        /// Line, from 1.
        line: usize,
        /// As read.
        quantity: i64,
    },
    /// A line with neither stock code nor title.
    NoCode {
        /// Line, from 1.
        line: usize,
    },
    /// Too long, and not to be cut.
    TooLong {
        /// Which text.
        what: Uncut,
        /// The most characters it may have.
        max: usize,
    },
}

impl From<ServiceProblem> for Problem {
    fn from(problem: ServiceProblem) -> Self {
        Self::Service(problem)
    }
}

impl std::error::Error for Problem {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingField(field) => {
                write!(f, "{field} is missing in the shipping address: fill it in")
            }
            Self::Placeholder(field) => write!(
                f,
                "{field} of the shipping address is the placeholder \"UNKNOWN\": the sales channel \
                 has not released the address; wait for it or fill it in"
            ),
            Self::InvalidPostcode { postcode, country, fault } => match fault {
                postcode::Fault::TooLong => write!(
                    f,
                    "postcode \"{postcode}\" ({country}) is too long: at most {} characters",
                    text::POSTCODE_MAX
                ),
                postcode::Fault::NotUk | postcode::Fault::Missing => write!(
                    f,
                    "postcode \"{postcode}\" is not a UK postcode: wanted is one of the form \
                     \"LS1 4AP\", or the right country (now {country})"
                ),
            },
            Self::UnknownCountry(name) => write!(
                f,
                "country \"{name}\" is not known: wanted is an English country name or an ISO \
                 code such as GB"
            ),
            Self::Service(problem) => write!(f, "{problem}"),
            Self::NoItems => f.write_str(
                "the order has no items to ship: service charges do not count; add the goods",
            ),
            Self::Quantity { line, quantity } => write!(
                f,
                "quantity \"{quantity}\" of item line {line} cannot be shipped: wanted is 1 to \
                 {QUANTITY_MAX}"
            ),
            Self::NoCode { line } => write!(
                f,
                "item line {line} has no stock code and no title: link it to a stock item"
            ),
            Self::TooLong { what: Uncut::OrderNumber, max } => {
                write!(f, "the order number is longer than the {max} characters Stream takes")
            }
            Self::TooLong { what: Uncut::StockCode(line), max } => {
                write!(f, "the stock code of item line {line} is longer than {max} characters")
            }
        }
    }
}

/// Checks everything that can be checked without knowing Stream's depots. Whether the service
/// resolves is `service::resolve`'s answer, which becomes a [`Problem`] by `From`.
///
/// # Errors
///
/// Every problem, not only the first.
pub fn check(order: &SourceOrder, options: &ShippingOptions) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    let service = &order.shipping.service;
    if text::clean(service).is_empty() {
        problems.push(ServiceProblem::NoService.into());
    }
    let skip_parents =
        options.rule(service).is_some_and(|rule| rule.skip_composite_parent == Some(true));
    if let Err(more) = destination(&order.address) {
        problems.extend(more);
    }
    problems.extend(number_problem(order, Generation::FIRST));
    problems.extend(items::problems(&order.lines, skip_parents));
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The order number a generation would have is never cut, so it has to fit.
pub fn number_problem(order: &SourceOrder, generation: Generation) -> Option<Problem> {
    let number = StreamOrderNo::of(order.number, generation);
    let max = text::ORDER_NO_MAX;
    (text::chars(number.as_str()) > max)
        .then_some(Problem::TooLong { what: Uncut::OrderNumber, max })
}

/// Country and postcode of an address in the form Stream takes.
#[derive(Clone, PartialEq, Eq)]
pub struct Destination {
    /// Normalised; empty in a country without postcodes.
    pub postcode: String,
    /// ISO alpha-2. The Crown dependencies have their own even when "United Kingdom" was typed.
    pub country: &'static str,
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Destination").field("country", &self.country).finish_non_exhaustive()
    }
}

/// Checks an address.
///
/// # Errors
///
/// Every problem of the address; of a placeholder only that.
pub fn destination(address: &Address) -> Result<Destination, Vec<Problem>> {
    if let Some(field) = placeholder(address) {
        return Err(vec![Problem::Placeholder(field)]);
    }
    let empty = |text: &String| text::clean(text).is_empty();
    let mut problems = Vec::new();
    if empty(&address.full_name) && empty(&address.company) {
        problems.push(Problem::MissingField(Field::Name));
    }
    if address.lines.iter().all(empty) {
        problems.push(Problem::MissingField(Field::AddressLine));
    }
    match place(address) {
        Ok(place) if problems.is_empty() => Ok(place),
        Ok(_) => Err(problems),
        Err(more) => {
            problems.extend(more);
            Err(problems)
        }
    }
}

fn place(address: &Address) -> Result<Destination, Vec<Problem>> {
    let name = text::clean(&address.country);
    let Some(mut country) = country::code(&name) else {
        let mut problems = vec![if name.is_empty() {
            Problem::MissingField(Field::Country)
        } else {
            Problem::UnknownCountry(text::cut(&name, QUOTED_MAX).0)
        }];
        if text::clean(&address.postcode).is_empty() {
            problems.push(Problem::MissingField(Field::Postcode));
        }
        return Err(problems);
    };
    match postcode::normalise(&address.postcode, country) {
        Ok(postcode) => {
            if country == "GB" {
                country = postcode::crown_dependency(&postcode).unwrap_or(country);
            }
            Ok(Destination { postcode, country })
        }
        Err(postcode::Fault::Missing) => Err(vec![Problem::MissingField(Field::Postcode)]),
        Err(fault @ (postcode::Fault::NotUk | postcode::Fault::TooLong)) => {
            Err(vec![Problem::InvalidPostcode {
                postcode: text::cut(&text::clean(&address.postcode), QUOTED_MAX).0,
                country: country.to_owned(),
                fault,
            }])
        }
    }
}

fn placeholder(address: &Address) -> Option<Field> {
    let fields = [
        (Field::Name, &address.full_name),
        (Field::AddressLine, &address.lines[0]),
        (Field::Town, &address.town),
        (Field::Postcode, &address.postcode),
        (Field::Country, &address.country),
    ];
    fields.into_iter().find(|(_, text)| text::key(text) == PLACEHOLDER).map(|(field, _)| field)
}

#[cfg(test)]
mod tests;

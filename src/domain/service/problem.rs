//! Why a service could not be resolved. Each sentence names the service and says what to do; the
//! names that do exist are listed, because the usual cause is a slip of the pen.

use std::fmt;

/// Most names listed in one sentence: it becomes a note on an order and has to stay readable.
const LISTED_MAX: usize = 10;

/// Why a service has no depot and delivery method. Holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ServiceProblem {
    /// The order has no service.
    NoService,
    /// No rule answers.
    NotMapped {
        /// The service.
        service: String,
    },
    /// Its mapping names a depot that Stream does not list.
    DepotNotFound {
        /// The service.
        service: String,
        /// The depot as mapped.
        depot: String,
        /// The depots there are.
        depots: Vec<String>,
    },
    /// Its mapping names a method that the depot does not have.
    MethodNotFound {
        /// The service.
        service: String,
        /// The depot.
        depot: String,
        /// The method as mapped.
        method: String,
        /// The methods the depot has.
        methods: Vec<String>,
    },
    /// Its mapping fits more than one depot or method.
    Ambiguous {
        /// The service.
        service: String,
        /// The depot as mapped.
        depot: String,
        /// The method as mapped.
        method: String,
    },
}

impl fmt::Display for ServiceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoService => f.write_str("the order has no shipping service: assign one"),
            Self::NotMapped { service } => write!(
                f,
                "service \"{service}\" has no depot and delivery method: choose them for it in \
                 the shipping integration, add it to the configuration, or name it in the form \
                 Method (Depot)"
            ),
            Self::DepotNotFound { service, depot, depots } => write!(
                f,
                "service \"{service}\": depot \"{depot}\" is not in Stream ({}): correct the \
                 service's mapping or add the depot in Stream",
                Listed("depots", depots)
            ),
            Self::MethodNotFound { service, depot, method, methods } => write!(
                f,
                "service \"{service}\": depot \"{depot}\" has no delivery method \"{method}\" \
                 ({}): correct the service's mapping or add the method in Stream",
                Listed("methods", methods)
            ),
            Self::Ambiguous { service, depot, method } => write!(
                f,
                "service \"{service}\": more than one delivery method in Stream is called \
                 \"{method}\" of depot \"{depot}\": map the service by their ids"
            ),
        }
    }
}

impl std::error::Error for ServiceProblem {}

struct Listed<'a>(&'a str, &'a [String]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(what, names) = self;
        if names.is_empty() {
            return write!(f, "Stream lists no {what}");
        }
        write!(f, "its {what}: ")?;
        for (n, name) in names.iter().take(LISTED_MAX).enumerate() {
            write!(f, "{}{name}", if n > 0 { ", " } else { "" })?;
        }
        match names.len().saturating_sub(LISTED_MAX) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

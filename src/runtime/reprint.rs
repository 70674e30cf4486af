//! An order's labels again, for somebody at a terminal. Reads and draws; keeps nothing.

use std::sync::Arc;

use super::desk;
use super::live::Live;
use crate::config::LabelFormat;
use crate::console::labels::{Reprint, Unprinted};
use crate::domain::answer::Failure;
use crate::domain::demand::{Content, Piece, Printed};
use crate::domain::ids::OrderNumber;
use crate::domain::order::{Order, Shipped};
use crate::domain::shipment::grams;
use crate::domain::source::SourceOrder;
use crate::listener::shipping::{Wanted, drawn};
use crate::store::StoreError;

pub(super) fn reprint(live: Arc<Live>) -> Reprint {
    Box::new(move |number, word| {
        let format = match word.map(|word| LabelFormat::parse(word).ok_or(word)) {
            None => None,
            Some(Ok(format)) => Some(format),
            Some(Err(word)) => {
                let text =
                    format!("there is no layout \"{word}\": they are {}", LabelFormat::words());
                return Err(Unprinted::Layout(text));
            }
        };
        live.reprint(number, format)
    })
}

fn unread(error: &StoreError) -> Unprinted {
    Unprinted::Defect(format!("the database could not be read: {error}"))
}

impl Live {
    /// The labels that were handed out, byte for byte; with a layout, and where none was printed yet, they
    /// are drawn anew.
    fn reprint(
        &self,
        number: OrderNumber,
        format: Option<LabelFormat>,
    ) -> Result<Vec<Vec<u8>>, Unprinted> {
        let read = self.sources.store.read(|view| {
            let Some(order) = view.order_by_number(number)? else { return Ok(None) };
            let Some(shipped) = order.shipped.clone() else { return Ok(Some((order, None))) };
            let printed =
                view.labels(order.id)?.filter(|printed| printed.consignment == shipped.consignment);
            let stored = match &printed {
                Some(printed) if format.is_none() => {
                    view.pictures(order.id, printed.sheets.len())?
                }
                Some(_) | None => Vec::new(),
            };
            Ok(Some((order, Some((shipped, printed, stored)))))
        });
        let (order, found) = read.map_err(|error| unread(&error))?.ok_or_else(|| {
            let text = format!("order {number} is not in our records: see linnstream why {number}");
            Unprinted::Nothing(text)
        })?;
        let Some((shipped, printed, stored)) = found else {
            let text = format!(
                "order {number} has no shipment in Stream, so it has no label: see linnstream why {number}"
            );
            return Err(Unprinted::Nothing(text));
        };
        if !stored.is_empty() {
            return Ok(stored);
        }
        let printed = match printed {
            Some(printed) => printed,
            None => self.never_printed(&order, &shipped)?,
        };
        self.anew(&order, &shipped, &printed, format)
    }

    fn anew(
        &self,
        order: &Order,
        shipped: &Shipped,
        printed: &Printed,
        format: Option<LabelFormat>,
    ) -> Result<Vec<Vec<u8>>, Unprinted> {
        let mut printing = super::live::printing(&self.config());
        printing.labels.format = format.unwrap_or(printing.labels.format);
        let wanted = Wanted {
            asked: printed.asked,
            content: &printed.content,
            note: &printed.note,
            pieces: &printed.pieces,
            own_pieces: printed.sheets.len() > printed.pieces.len(),
        };
        let labels = drawn(order, shipped, &wanted, &printing, self.clock.now().wall);
        labels.map(|labels| labels.pictures).map_err(|error| {
            Unprinted::Defect(format!(
                "the label of order {} cannot be drawn: {error}",
                order.number
            ))
        })
    }

    /// One piece with all its goods, from the order as it is in Linnworks now.
    fn never_printed(&self, order: &Order, shipped: &Shipped) -> Result<Printed, Unprinted> {
        let number = order.number;
        let turn = |failure: &Failure| match failure {
            Failure::NotBefore(turn) => Some(*turn),
            _ => None,
        };
        let ask = |now| self.sources.linnworks.order_by_number(now, number);
        let found = desk::in_turn(&self.sources, &*self.clock, turn, ask);
        let source: SourceOrder = found
            .map_err(|failure| {
                let text = format!(
                    "no label of order {number} was printed yet, and its address could not be read from \
                     Linnworks: {failure}"
                );
                Unprinted::Unread(text)
            })?
            .ok_or_else(|| Unprinted::Nothing(format!("Linnworks does not have order {number} any more")))?;
        let unit = self.sources.rules.get().shipping.weight_unit;
        let weight =
            grams(source.shipping.total_weight, unit).and_then(|grams| u64::try_from(grams).ok());
        Ok(Printed {
            asked: [0; 32],
            generation: shipped.generation,
            consignment: shipped.consignment.clone(),
            tracking: shipped.tracking.clone(),
            at: self.clock.now().wall,
            size: (0, 0),
            copies: 1,
            content: Content::of(&source),
            note: String::new(),
            pieces: vec![Piece { sequence: 0, weight_g: weight.unwrap_or_default(), units: 1 }],
            sheets: vec![0],
        })
    }
}

//! Invented people, streets and goods. Telephone numbers are of the ranges kept for fiction.

/// First names.
pub(super) const FIRST: [&str; 24] = [
    "Margaret",
    "Owen",
    "Priya",
    "Callum",
    "Aisling",
    "Tomasz",
    "Grace",
    "Imran",
    "Hannah",
    "Rhys",
    "Yewande",
    "Stuart",
    "Charlotte",
    "Dev",
    "Eleanor",
    "Marcus",
    "Siobhan",
    "George",
    "Fatima",
    "Harriet",
    "Lewis",
    "Nadia",
    "Patrick",
    "Zoe",
];

/// Family names.
pub(super) const LAST: [&str; 24] = [
    "Ellison",
    "Hughes",
    "Nair",
    "Macrae",
    "Byrne",
    "Kowalski",
    "Whitfield",
    "Hussain",
    "Barker",
    "Pritchard",
    "Adeyemi",
    "Lockwood",
    "Ashdown",
    "Mistry",
    "Fairclough",
    "Okafor",
    "Gallagher",
    "Thornton",
    "Rahman",
    "Pemberton",
    "Sinclair",
    "Haddad",
    "Doyle",
    "Winters",
];

/// Street names.
pub(super) const STREETS: [&str; 20] = [
    "Beechwood Crescent",
    "Station Road",
    "Mill Lane",
    "Victoria Terrace",
    "Orchard Close",
    "Church Street",
    "Highfield Avenue",
    "The Green",
    "Queens Road",
    "Chapel Hill",
    "Park View",
    "Meadow Way",
    "Albert Street",
    "Brookside",
    "Kingsway",
    "Elm Grove",
    "Castle Street",
    "North Parade",
    "Willow Drive",
    "Manor Road",
];

/// A town with the part of its postcodes before the blank.
pub(super) struct Town {
    /// Name.
    pub name: &'static str,
    /// County.
    pub county: &'static str,
    /// Outward code.
    pub outward: &'static str,
    /// Index of the depot that serves it.
    pub depot: usize,
}

const fn town(
    name: &'static str,
    county: &'static str,
    outward: &'static str,
    depot: usize,
) -> Town {
    Town { name, county, outward, depot }
}

/// Towns both depots deliver to.
pub(super) const TOWNS: [Town; 20] = [
    town("Leeds", "West Yorkshire", "LS18", 0),
    town("Bradford", "West Yorkshire", "BD9", 0),
    town("Harrogate", "North Yorkshire", "HG1", 0),
    town("York", "North Yorkshire", "YO24", 0),
    town("Sheffield", "South Yorkshire", "S10", 0),
    town("Huddersfield", "West Yorkshire", "HD3", 0),
    town("Wakefield", "West Yorkshire", "WF2", 0),
    town("Manchester", "Greater Manchester", "M21", 0),
    town("Durham", "County Durham", "DH1", 0),
    town("Newcastle upon Tyne", "Tyne and Wear", "NE3", 0),
    town("Nottingham", "Nottinghamshire", "NG5", 0),
    town("Edinburgh", "", "EH10", 0),
    town("Bristol", "", "BS6", 1),
    town("Bath", "Somerset", "BA1", 1),
    town("Cardiff", "South Glamorgan", "CF14", 1),
    town("Exeter", "Devon", "EX4", 1),
    town("Gloucester", "Gloucestershire", "GL2", 1),
    town("Swindon", "Wiltshire", "SN3", 1),
    town("Taunton", "Somerset", "TA2", 1),
    town("Oxford", "Oxfordshire", "OX4", 1),
];

/// Stock code, title and grams.
pub(super) const GOODS: [(&str, &str, f64); 16] = [
    ("OAK-TBL-150", "Oak dining table 150cm", 38_000.0),
    ("OAK-CHR-2", "Oak dining chair, pair", 14_500.0),
    ("SOFA-3-GRY", "Three seat sofa, grey", 62_000.0),
    ("SOFA-2-BLU", "Two seat sofa, blue", 48_000.0),
    ("WRD-DBL-WHT", "Double wardrobe, white", 71_000.0),
    ("BED-KING-OAK", "King size bed frame, oak", 55_000.0),
    ("MAT-KING-MED", "King size mattress, medium", 34_000.0),
    ("DRW-CHEST-5", "Chest of five drawers", 42_000.0),
    ("BKC-TALL", "Tall bookcase", 27_500.0),
    ("DSK-STD-140", "Standing desk 140cm", 31_000.0),
    ("LMP-FLOOR", "Floor lamp, brass", 4_800.0),
    ("RUG-200-300", "Wool rug 200 x 300cm", 16_000.0),
    ("MIR-ROUND-80", "Round mirror 80cm", 7_200.0),
    ("TV-UNIT-160", "TV unit 160cm, walnut", 36_500.0),
    ("ARM-CHR-GRN", "Armchair, green", 24_000.0),
    ("CFT-TBL-RND", "Round coffee table", 18_000.0),
];

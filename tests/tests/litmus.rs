//! The atomicity litmus: in every way from a to d and with every failure, what stays is what the
//! model says, natively and in NEAR's VM, and what the tables in `litmus/` show.

use conclave_tests::golden;
use conclave_tests::litmus::case::{Case, Edge};
use conclave_tests::litmus::run::Litmus;
use conclave_tests::litmus::table::{HEADING, columns};

/// Runs every case in which a reaches b in this way.
fn check(first: Edge) {
    let mut litmus = Litmus::new();
    let mut table = format!("{HEADING}{}", columns());
    for case in Case::all_of(first) {
        table += &litmus.run(&case);
    }
    golden::check_lines(&format!("litmus/{}.txt", first.word()), &table);
}

#[test]
fn what_stays_where_a_calls_b() {
    check(Edge::Call);
}

#[test]
fn what_stays_where_a_calls_b_and_catches() {
    check(Edge::Caught);
}

#[test]
fn what_stays_where_a_views_b() {
    check(Edge::View);
}

#[test]
fn what_stays_where_a_calls_b_afterwards() {
    check(Edge::After);
}

#[test]
fn what_stays_where_a_calls_b_afterwards_whatever_comes_of_it() {
    check(Edge::Always);
}

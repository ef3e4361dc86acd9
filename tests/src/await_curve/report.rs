//! The cost curve over awaits as text, as JSON, as a part of `docs/performance.md`, and as a picture.
//!
//! In: a measured [`Curve`]. Out: what is shown of it. Measures nothing by itself.

use super::{Curve, Point};
use serde_json::{Value, json};
use std::fmt::Write;

const HEAD: &str = "
## What awaits cost

![What awaits cost](awaits.svg)

A method that awaits a call of another contract and stores the answer, so many times, one after the other: what all receipts of the enclave burn together, here with NEAR's fees for them and for what they send, without what the other contract burns.
*Anew* begins anew with `near.checkpoint` after each await.
*Steps* is the sum of the steps, each as if it were alone: the first receipt of a method that awaits once, and for each await that method's other receipt. So no step in it goes through a history or sends a further call, which with its callback takes 0.7 Tgas of NEAR's fees. A test keeps *anew* under 1.3 times that sum at 50 awaits.

| awaits | Tgas | each | anew | each | steps | anew / steps |
|---|---|---|---|---|---|---|
";

#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn tera(gas: u64) -> f64 {
    gas as f64 / 1e12
}

/// What beginning anew takes as a multiple of the sum of the steps.
#[must_use]
pub fn ratio(curve: &Curve, point: &Point) -> f64 {
    tera(point.anew) / tera(curve.sum_of_steps(point.awaits))
}

/// One line of a table: whole, each; anew, each; the sum of the steps, and the ratio.
fn cells(curve: &Curve, point: &Point) -> [f64; 6] {
    let each = |gas: u64| tera(gas / point.awaits);
    [
        tera(point.whole),
        each(point.whole),
        tera(point.anew),
        each(point.anew),
        tera(curve.sum_of_steps(point.awaits)),
        ratio(curve, point),
    ]
}

/// The curve as a table on a terminal.
#[must_use]
pub fn table(curve: &Curve) -> String {
    let mut text = format!(
        "{:22} {:>10} {:>8} {:>10} {:>8} {:>10} {:>6}\n",
        "awaits, Tgas burnt", "whole", "each", "anew", "each", "steps", "ratio"
    );
    for point in &curve.points {
        let [whole, each, anew, anew_each, steps, ratio] = cells(curve, point);
        let _ = writeln!(
            text,
            "{:<22} {whole:>10.3} {each:>8.3} {anew:>10.3} {anew_each:>8.3} {steps:>10.3} {ratio:>6.2}",
            point.awaits
        );
    }
    text
}

/// The curve as rows of the table in JSON.
#[must_use]
pub fn objects(curve: &Curve) -> Vec<Value> {
    let rows = curve.points.iter().flat_map(|point| {
        let awaits = point.awaits;
        let steps = curve.sum_of_steps(awaits);
        [("awaits", point.whole), ("awaits_anew", point.anew)].map(|(name, gas)| {
            json!({
                "name": format!("{name}_{awaits}"),
                "gas": gas,
                "gas_per_await": gas / awaits,
                "gas_of_steps": steps,
            })
        })
    });
    rows.collect()
}

/// The part of the document.
#[must_use]
pub fn document(curve: &Curve) -> String {
    let mut text = HEAD.to_owned();
    for point in &curve.points {
        let [whole, each, anew, anew_each, steps, ratio] = cells(curve, point);
        let _ = writeln!(
            text,
            "| {} | {whole:.3} | {each:.3} | {anew:.3} | {anew_each:.3} | {steps:.3} | {ratio:.2} |",
            point.awaits
        );
    }
    if let Some(awaits) = curve.pays_from() {
        let _ = writeln!(
            text,
            "\nOf these, beginning anew takes less from {awaits} awaits on."
        );
    }
    text
}

/// Names and colours of the picture's lines; told apart without colours by their labels too.
const LINES: [(&str, &str); 3] = [
    ("whole", "#e15759"),
    ("anew", "#4e79a7"),
    ("steps", "#bab0ac"),
];
/// Tgas from one mark of the scale to the next.
const SCALE: f64 = 100.0;

/// The picture: gas over awaits, a line for each way and one for the sum of the steps.
#[must_use]
pub fn picture(curve: &Curve) -> String {
    let plot = Plot::of(curve);
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 830 320\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"830\" height=\"320\" fill=\"#fff\"/>\n",
    );
    plot.draw_scales(&mut svg);
    for line in 0..LINES.len() {
        plot.draw_line(&mut svg, line);
    }
    svg + "</svg>\n"
}

/// Awaits, and Tgas of each line there.
struct Plot(Vec<(u64, [f64; 3])>);

impl Plot {
    const LEFT: f64 = 60.0;
    const TOP: f64 = 30.0;
    const WIDTH: f64 = 640.0;
    const HEIGHT: f64 = 250.0;

    fn of(curve: &Curve) -> Self {
        let values = |point: &Point| {
            let steps = curve.sum_of_steps(point.awaits);
            (point.awaits, [point.whole, point.anew, steps].map(tera))
        };
        Self(curve.points.iter().map(values).collect())
    }

    #[expect(clippy::cast_precision_loss, reason = "a few awaits")]
    fn x(&self, awaits: u64) -> f64 {
        let most = self.0.iter().map(|(awaits, _)| *awaits).max().unwrap_or(1);
        Self::LEFT + Self::WIDTH * awaits as f64 / most as f64
    }

    fn most(&self) -> f64 {
        let all = self.0.iter().flat_map(|(_, values)| values);
        all.copied().fold(0.0, f64::max)
    }

    fn y(&self, tera: f64) -> f64 {
        Self::TOP + Self::HEIGHT * (1.0 - tera / self.most())
    }

    fn draw_scales(&self, svg: &mut String) {
        let (left, bottom) = (Self::LEFT, Self::TOP + Self::HEIGHT);
        let right = left + Self::WIDTH;
        let _ = writeln!(
            svg,
            "<text x=\"{left}\" y=\"18\" text-anchor=\"end\">Tgas</text><text x=\"{right}\" y=\"316\" text-anchor=\"end\">awaits</text>"
        );
        let mut tera = 0.0;
        while tera <= self.most() {
            let (y, x) = (self.y(tera), left - 8.0);
            let _ = writeln!(
                svg,
                "<path d=\"M{left} {y:.1}H{right}\" stroke=\"#ddd\"/><text x=\"{x}\" y=\"{:.1}\" text-anchor=\"end\">{tera:.0}</text>",
                y + 4.0
            );
            tera += SCALE;
        }
        for (awaits, _) in &self.0 {
            let (x, y) = (self.x(*awaits), bottom + 18.0);
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{awaits}</text>"
            );
        }
    }

    fn draw_line(&self, svg: &mut String, line: usize) {
        let (name, colour) = LINES[line];
        let (mut corners, mut marks) = (Vec::new(), String::new());
        for (awaits, values) in &self.0 {
            let (x, y, tera) = (self.x(*awaits), self.y(values[line]), values[line]);
            corners.push(format!("{x:.1},{y:.1}"));
            let _ = writeln!(
                marks,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"><title>{name}, {awaits} awaits: {tera:.3} Tgas</title></circle>"
            );
        }
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            corners.join(" ")
        );
        svg.push_str(&marks);
        if let Some((awaits, values)) = self.0.last() {
            let (x, y) = (self.x(*awaits) + 10.0, self.y(values[line]) + 4.0);
            let tera = values[line];
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\">{name} {tera:.1}</text>"
            );
        }
    }
}

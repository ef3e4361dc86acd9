//! Trees as text, with a column of figures on the right.
//!
//! Nodes go in, lines come out. It knows nothing of what they stand for.

/// One node of a tree to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What stands beside the branch.
    pub label: String,
    /// What stands in the columns on the right.
    pub figures: Vec<String>,
    /// The nodes below, in order.
    pub children: Vec<Node>,
}

/// One line of a drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Branches and label.
    pub text: String,
    /// What stands in the columns on the right.
    pub figures: Vec<String>,
}

/// Draws a tree; every figure is aligned to the right of its column.
#[must_use]
pub fn draw(root: &Node) -> String {
    align(&lines(root, "", ""))
}

/// The lines of a tree: `head` stands before the first, `tail` before those below it.
#[must_use]
pub fn lines(root: &Node, head: &str, tail: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    collect(root, head, tail, &mut lines);
    lines
}

/// Joins lines; every figure is aligned to the right of its column.
#[must_use]
pub fn align(lines: &[Line]) -> String {
    let of_figures = lines.iter().filter(|line| !line.figures.is_empty());
    let label_width = of_figures.map(|line| width(&line.text)).max().unwrap_or(0);
    let columns = lines.iter().map(|line| line.figures.len()).max();
    let widths: Vec<usize> = (0..columns.unwrap_or(0))
        .map(|column| column_width(lines, column))
        .collect();
    let drawn = lines.iter().map(|Line { text, figures }| {
        let pad = " ".repeat(label_width.saturating_sub(width(text)));
        let cells = figures
            .iter()
            .zip(&widths)
            .map(|(figure, column)| format!("  {}{figure}", " ".repeat(column - width(figure))));
        format!("{text}{pad}{}", cells.collect::<String>())
    });
    drawn
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

fn collect(node: &Node, head: &str, tail: &str, lines: &mut Vec<Line>) {
    lines.push(Line {
        text: format!("{head}{}", node.label),
        figures: node.figures.clone(),
    });
    let last = node.children.len().saturating_sub(1);
    for (place, child) in node.children.iter().enumerate() {
        let (branch, below) = if place == last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let (head, tail) = (format!("{tail}{branch}"), format!("{tail}{below}"));
        collect(child, &head, &tail, lines);
    }
}

fn column_width(lines: &[Line], column: usize) -> usize {
    let cells = lines.iter().filter_map(|line| line.figures.get(column));
    cells.map(|it| width(it)).max().unwrap_or(0)
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::{Node, draw};

    fn node(label: &str, figure: &str, children: Vec<Node>) -> Node {
        Node {
            label: label.to_owned(),
            figures: vec![figure.to_owned()],
            children,
        }
    }

    #[test]
    fn branches_join_and_figures_align() {
        let leaf = || node("leaf", "7", vec![]);
        let tree = node("root", "100", vec![node("a", "20", vec![leaf()]), leaf()]);
        let expect = "root        100\n├─ a         20\n│  └─ leaf    7\n└─ leaf       7";
        assert_eq!(draw(&tree), expect);
    }
}

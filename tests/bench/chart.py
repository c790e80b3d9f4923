"""A line chart as SVG, of a few series over one quantity: enough to see whether something grows in a line."""
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 380, 70, 50, 40
COLOURS = ["#1f5fa8", "#b3541e", "#3d7d3a"]


class Chart:
    def __init__(self, title, x, y, series):
        """`series`: name -> [(x, y)], all of numbers from 0 on."""
        self.title, self.x, self.y, self.series = title, x, y, series
        self.file = title.lower().replace(" ", "-")  # its name, without .svg

    def svg(self):
        points = [point for line in self.series.values() for point in line]
        most_x, most_y = (max(values) * 1.05 or 1 for values in zip(*points))

        def at(x, y):
            return (LEFT + x / most_x * (WIDTH - LEFT - 20), HEIGHT - BOTTOM - y / most_y * (HEIGHT - BOTTOM - TOP))

        def text(x, y, words, anchor="middle", more=""):
            return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(words)}</text>'

        parts = [text(WIDTH / 2, 20, self.title, more='font-weight="bold"'), text(WIDTH / 2, HEIGHT - 10, self.x),
                 text(16, HEIGHT / 2, self.y, more=f'transform="rotate(-90 16 {HEIGHT / 2})"')]
        for i in range(6):
            x, _ = at(most_x * i / 5, 0)
            left, y = at(0, most_y * i / 5)
            parts += [f'<path d="M{left:.1f} {y:.1f}H{WIDTH - 20}" stroke="#ddd"/>',
                      text(left - 6, y + 4, f"{most_y * i / 5:,.4g}", "end"),
                      text(x, HEIGHT - BOTTOM + 16, f"{most_x * i / 5:,.4g}")]
        for (name, line), colour in zip(self.series.items(), COLOURS):
            drawn = [at(*point) for point in sorted(line)]
            parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="'
                         + " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn) + '"/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in drawn]
            parts.append(text(drawn[-1][0], drawn[-1][1] - 8, name, "end", f'fill="{colour}"'))
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
                f'font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>' + "".join(parts) + "</svg>\n")

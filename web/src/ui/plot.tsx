// The picture of a chart, drawn by uPlot; loaded when the first chart is shown. Colours are those of the theme, again when it changes.
import { useEffect, useRef, useState } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { ChartProps } from "./chart";

interface PlotProps extends ChartProps {
  height: number;
  /** Labels of lines that are not drawn. */
  hidden: string[];
  /** Which time the pointer is at. */
  onPoint: (index: number | null) => void;
}

const WHOLE = [1, 2, 5]
  .flatMap((one) => Array.from({ length: 10 }, (_, power) => one * 10 ** power))
  .sort((a, b) => a - b);

export default function Plot(props: PlotProps) {
  const { times, lines, height, hidden, utc, whole, span } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const theme = useTheme();
  const shape = lines.map(({ label, colour }) => `${label} ${colour}`).join();

  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew when what the picture is made of changes, see `latest`
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new UPlot(options(latest, element.clientWidth), dataOf(latest.current), element);
    plot.current = made;
    const watcher = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: latest.current.height });
    });
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [theme, shape, height, utc, whole, span]);

  useEffect(() => plot.current?.setData(dataOf({ times, lines })), [times, lines]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a plot that was made anew shows all lines
  useEffect(() => {
    latest.current.lines.forEach(({ label }, at) => {
      plot.current?.setSeries(at + 1, { show: !hidden.includes(label) });
    });
  }, [hidden, theme, shape]);
  return <div ref={box} />;
}

const dataOf = ({ times, lines }: Pick<PlotProps, "times" | "lines">): UPlot.AlignedData => [
  times,
  ...lines.map(({ values }) => values),
];

const MINUTES = [1, 5, 15, 60].map((minutes) => minutes * 60);
const DAYS = [1, 2, 7, 14, 28].map((days) => days * 86_400);

const themeNow = () => document.documentElement.dataset.theme ?? "";

/** Changes whenever the theme of the page does. */
function useTheme(): string {
  const [theme, setTheme] = useState(themeNow);
  useEffect(() => {
    const watcher = new MutationObserver(() => setTheme(themeNow()));
    watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => watcher.disconnect();
  }, []);
  return theme;
}

function options(latest: { current: PlotProps }, width: number): UPlot.Options {
  const { height, lines, utc, whole, span } = latest.current;
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis: UPlot.Axis = {
    stroke: token("muted"),
    grid: { stroke: token("line"), width: 1 },
    ticks: { show: false },
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
  };
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, 24, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    ...(utc && { tzDate: (time: number) => UPlot.tzDate(new Date(time * 1_000), "UTC") }),
    scales: {
      ...(span && { x: { range: (_, __, last) => [last - span, last] } }),
      y: { range: (_, __, most) => [0, Math.max(most * 1.1, 1)] },
    },
    hooks: { setCursor: [(plot) => latest.current.onPoint(plot.cursor.idx ?? null)] },
    axes: [
      {
        ...axis,
        size: 28,
        space: 70,
        ...((utc || span) && { incrs: utc ? DAYS : MINUTES }),
        values: (_, splits) => splits.map((time) => latest.current.formatTime(time)),
      },
      {
        ...axis,
        size: 48,
        ...(whole && { incrs: WHOLE }),
        values: (_, splits) => splits.map((value) => latest.current.format(value)),
      },
    ],
    series: [
      {},
      ...lines.map(({ label, colour }, at): UPlot.Series => {
        const stroke = token(colour);
        return {
          label,
          stroke,
          width: 2,
          // told apart by more than their colours
          ...(at % 2 && { dash: [6, 4] }),
          points: { show: latest.current.times.length < 40, size: 5 },
        };
      }),
    ],
  };
}

// The part of ECharts that Trellis draws with: bars, lines and pies as SVG. Everything else stays out of the bundle.
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, DatasetComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { getInstanceByDom, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
    BarChart, LineChart, PieChart,
    AriaComponent, DatasetComponent, GridComponent, LegendComponent, TooltipComponent,
    SVGRenderer,
]);

window.echarts = { init, getInstanceByDom };

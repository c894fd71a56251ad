package io.holdfast.recoveryplan.report.page;

/** How the page looks, on a screen and on paper. Nothing is fetched. */
final class PageStyle {
    static final String CSS = """
            @page { size: A4; margin: 18mm 15mm 20mm 15mm; @bottom-right { content: counter(page) " / " counter(pages); } }
            :root { color-scheme: light; }
            body { font: 10pt/1.4 system-ui, sans-serif; color: #1a1a1a; max-width: 190mm; margin: 10mm auto; padding: 0 5mm; }
            h1 { font-size: 18pt; margin: 0 0 2mm; } h2 { font-size: 13pt; margin: 8mm 0 2mm; border-bottom: .3mm solid #444; }
            h3 { font-size: 11pt; margin: 5mm 0 1mm; } p { margin: 1mm 0; }
            table { border-collapse: collapse; width: 100%; margin: 1mm 0 3mm; } thead { display: table-header-group; }
            th, td { text-align: left; vertical-align: top; padding: .7mm 2mm .7mm 0; border-bottom: .1mm solid #bbb; overflow-wrap: anywhere; }
            .facts th { width: 42mm; font-weight: 600; } td { font-variant-numeric: tabular-nums; }
            .verdict { font-size: 14pt; font-weight: 700; padding: 2mm 3mm; border: .5mm solid #444; display: inline-block; margin: 2mm 0; }
            .good { border-color: #14682a; color: #14682a; } .bad { border-color: #9c1410; color: #9c1410; }
            pre { font: 8pt/1.3 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; background: #f3f3f3; padding: 2mm; margin: 1mm 0; }
            img { max-width: 100%; border: .2mm solid #888; } figure { margin: 2mm 0; } figcaption { font-size: 8pt; color: #444; overflow-wrap: anywhere; }
            h2, h3 { break-after: avoid; } tr, figure, pre { break-inside: avoid; }
            @media print { body { margin: 0; padding: 0; max-width: none; } pre { background: none; border: .1mm solid #bbb; } }
            """;

    private PageStyle() {}
}

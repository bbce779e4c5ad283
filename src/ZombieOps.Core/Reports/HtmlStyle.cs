using System.Security.Cryptography;
using System.Text;

namespace ZombieOps.Reports;

/// <summary>The one style sheet of a report, and what the page may load because of it: nothing else.</summary>
internal static class HtmlStyle
{
    /// <summary>The style sheet.</summary>
    public const string Css = """
        :root{color-scheme:light dark;--bg:#fff;--fg:#1f2328;--dim:#57606a;--line:#d0d7de;--soft:#f6f8fa;--cleared:#1a7f37;--alreadygone:#6e7781;--undone:#0969da;--marked:#0550ae;--skipped:#6e7781;--failed:#cf222e;--notpermitted:#8250df;--reasserted:#bc4c00;--open:#9a6700;--unknown:#8c959f}
        @media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9ea7b3;--line:#3d444d;--soft:#161b22;--cleared:#3fb950;--alreadygone:#8b949e;--undone:#58a6ff;--marked:#79c0ff;--skipped:#8b949e;--failed:#f85149;--notpermitted:#bc8cff;--reasserted:#f0883e;--open:#d29922;--unknown:#6e7681}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
        main{max-width:72rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
        h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
        h2{font-size:1.2rem;margin:2.25rem 0 .75rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
        h3{font-size:1rem;margin:1.5rem 0 .5rem}
        p{margin:.4rem 0}
        .dim{color:var(--dim)}
        time{white-space:nowrap}
        .code{display:inline-block;min-width:9.5em}
        td>.name{display:inline-block;min-width:7.5em}
        .name{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.9em;unicode-bidi:isolate}
        .hid{font:600 .75em ui-monospace,Menlo,Consolas,monospace;border:1px solid var(--failed);color:var(--failed);border-radius:3px;padding:0 .2em;margin:0 .1em;white-space:nowrap}
        .verdict{border:1px solid var(--line);border-left:.4rem solid var(--cleared);border-radius:6px;background:var(--soft);padding:.75rem 1rem;margin:1rem 0}
        .verdict.Look{border-left-color:var(--open)}
        .verdict.Incomplete{border-left-color:var(--failed)}
        .verdict strong{font-size:1.05rem}
        ul.notes{list-style:none;margin:.5rem 0 0;padding:0}
        ul.notes li{margin:.35rem 0;padding-left:6.5rem;text-indent:-6.5rem}
        .grade{display:inline-block;width:6rem;margin-right:.5rem;text-indent:0;font-weight:600}
        .grade.Incomplete{color:var(--failed)}
        .grade.Look{color:var(--open)}
        .grade.Note{color:var(--dim)}
        .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(7.5rem,1fr));gap:.6rem;margin:1rem 0;padding:0;list-style:none}
        .tiles li{border:1px solid var(--line);border-radius:6px;padding:.5rem .75rem}
        .tiles b{display:block;font-size:1.35rem;line-height:1.3}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem}
        figure{margin:0;border:1px solid var(--line);border-radius:6px;padding:.75rem;min-width:0}
        figure.tall{grid-row:span 2}
        figcaption{font-weight:600;margin-bottom:.25rem}
        svg{display:block;width:100%;height:auto}
        svg text{fill:var(--fg);font:12px system-ui,sans-serif}
        svg .axis{stroke:var(--line);stroke-width:1}
        svg .dimtext{fill:var(--dim)}
        svg .seen{fill:var(--cleared);opacity:.75}
        .legend{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:.4rem 0 0;padding:0;list-style:none;font-size:.85rem}
        .legend svg,.o svg{display:inline-block;width:.75em;height:.75em;margin-right:.35em;vertical-align:-.05em}
        .Cleared{fill:var(--cleared)}.AlreadyGone{fill:var(--alreadygone)}.Undone{fill:var(--undone)}.Marked{fill:var(--marked)}.Skipped{fill:var(--skipped)}.Failed{fill:var(--failed)}.NotPermitted{fill:var(--notpermitted)}.Reasserted{fill:var(--reasserted)}.Open{fill:var(--open)}.gap{fill:var(--failed)}.unknown{fill:var(--unknown)}.bar{fill:var(--undone)}
        .o{font-weight:600;white-space:nowrap}
        table{width:100%;border-collapse:collapse;margin:.5rem 0 1rem;font-size:.9rem}
        caption{text-align:left;color:var(--dim);padding:.2rem 0}
        th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid var(--line)}
        th{background:var(--soft);font-weight:600;white-space:nowrap}
        td div{white-space:nowrap}
        td.n{text-align:right;white-space:nowrap}
        tbody.act{break-inside:avoid}
        tbody.act tr.more td{padding-top:0;padding-left:1.25rem;border-bottom-width:2px}
        tbody.act tr:first-child td{border-bottom:0}
        dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.1rem .75rem;margin:.25rem 0}
        dt{color:var(--dim)}
        dd{margin:0}
        dd ul{margin:0;padding-left:1.1rem}
        pre{white-space:pre-wrap;margin:0;font:.9em ui-monospace,Menlo,Consolas,monospace}
        footer{margin-top:2.5rem;padding-top:.75rem;border-top:1px solid var(--line);color:var(--dim);font-size:.85rem}
        @media screen and (max-width:62rem){
        td>.name{min-width:0}
        td div{white-space:normal}
        main{padding:1rem .75rem 2rem}
        table,tbody,tr,td{display:block;width:100%}
        thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        caption{display:block}
        tr{border-bottom:1px solid var(--line);padding:.35rem 0}
        td,td.n{border:0;text-align:left;padding:.1rem 0 .1rem 6.75rem;min-height:1.5em;position:relative;white-space:normal}
        td::before{content:attr(data-h);position:absolute;left:0;width:6.25rem;color:var(--dim);font-weight:400}
        tbody.act tr.more td{padding-left:0}
        tbody.act tr.more td::before{content:none}
        tbody.act tr:first-child{border-bottom:0}
        dl{grid-template-columns:6.25rem minmax(0,1fr);gap:.1rem .5rem}
        ul.notes li{padding-left:0;text-indent:0}
        .grade{display:block}
        }
        @media print{
        :root{color-scheme:light;--bg:#fff;--fg:#000;--dim:#444;--line:#999;--soft:#f2f2f2;--cleared:#1a7f37;--alreadygone:#6e7781;--undone:#0969da;--marked:#0550ae;--skipped:#6e7781;--failed:#cf222e;--notpermitted:#8250df;--reasserted:#bc4c00;--open:#9a6700;--unknown:#8c959f}
        @page{size:A4;margin:16mm 14mm}
        *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        body{font-size:9.5pt}
        main{max-width:none;padding:0}
        h2,h3,caption,figcaption{break-after:avoid}
        figure,.verdict,.tiles li,li,tr{break-inside:avoid}
        thead{display:table-header-group}
        .charts{grid-template-columns:1fr 1fr}
        th{white-space:normal;overflow-wrap:normal}
        .code{min-width:0}
        details{display:none}
        h2{margin-top:1.4rem}
        section:not(.long){break-inside:avoid}
        td time{white-space:normal}
        td>.name{min-width:6.5em}
        }
        """;

    /// <summary>What the page may load: this style sheet, by its hash.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Css)))}'; base-uri 'none'; form-action 'none'";
}

{#- What follows from the fetched columns alone: sums and extremes of every window, the places of
    today's close among the earlier ones, the quantiles of sixty days. -#}
{% macro rolling_found() %}
    {%- set columns = [] -%}
    {%- for name, expression in rolling_sums() -%}
        {%- do columns.extend(rolling_sums_of_pieces(name)) -%}
    {%- endfor -%}
    {%- for days in [10, 20, 30, 60] -%}
        {%- for name, function in [['high', 'greatest'], ['low', 'least']] -%}
            {%- set pieces = [] -%}
            {%- for rows in rolling_pieces(days) -%}{%- do pieces.append(name ~ '_10_ago_' ~ rows) -%}{%- endfor -%}
            {%- do columns.append([name ~ '_' ~ days, function ~ '(' ~ pieces | join(', ') ~ ')']) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for first, last in [[1, 4], [5, 9], [10, 19], [20, 29], [30, 59]] -%}
        {%- set template = 'coalesce(sign(x_{k} - close), 0)' -%}
        {%- do columns.append(['above_to_' ~ (last + 1), lagged_terms(template, range(first, last + 1), ' + ')]) -%}
    {%- endfor -%}
    {%- set lists = {'low': [], 'low_older': [], 'high': [], 'high_older': []} -%}
    {%- for k in range(1, 14) -%}
        {%- for side in ['low', 'high'] -%}
            {%- do lists[side].append(side ~ '_30_' ~ k) -%}
            {%- do lists[side ~ '_older'].append(side ~ '_30_' ~ k ~ '_older') -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for k in [12, 13] -%}
        {%- do columns.extend([
            ['low_60_' ~ k, kth_smallest(lists['low'], lists['low_older'], k)],
            ['high_60_' ~ k, kth_smallest(lists['high'], lists['high_older'], k, largest=true)],
        ]) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}

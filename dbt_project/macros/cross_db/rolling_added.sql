{#- Sums, extremes and rank counts of every window. -#}
{% macro rolling_added() %}
    {%- set columns = [] -%}
    {%- for name in rolling_sums() | map('first') | list + rolling_closes() -%}
        {%- set x = name ~ '_10' -%}
        {%- do columns.extend([
            [name ~ '_20', x ~ ' + ' ~ x ~ '_to_20'],
            [name ~ '_30', x ~ ' + ' ~ x ~ '_to_20 + ' ~ name ~ '_20_to_30'],
            [name ~ '_60', x ~ ' + ' ~ x ~ '_to_20 + ' ~ name ~ '_20_to_30 + ' ~ name ~ '_30_to_60'],
        ]) -%}
    {%- endfor -%}
    {%- for days in [10, 20, 30, 60] -%}
        {%- for name, function in [['high', 'greatest'], ['low', 'least']] -%}
            {%- set pieces = [] -%}
            {%- for rows in rolling_pieces(days) -%}{%- do pieces.append(name ~ '_10_ago_' ~ rows) -%}{%- endfor -%}
            {%- do columns.append([name ~ '_' ~ days, function ~ '(' ~ pieces | join(', ') ~ ')']) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for first, last in [[1, 4], [5, 9], [10, 19], [20, 29], [30, 59]] -%}
        {%- set pieces = [] -%}
        {%- for rows in range(first, last + 1) -%}{%- do pieces.append('case when x_' ~ rows ~ ' < close then 2 when x_' ~ rows ~ ' = close then 1 else 0 end') -%}{%- endfor -%}
        {%- do columns.append(['above_to_' ~ (last + 1), pieces | join(' + ')]) -%}
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

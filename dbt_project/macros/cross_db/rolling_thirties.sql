{#- The sorted closes of twenty days, and of thirty days the 13 lowest and the 13 highest: enough
    for both quantiles of thirty and of sixty days. Suspended days sort above all closes (NaN), so
    the lists hold for windows without any; the others are sorted one by one. -#}
{% macro rolling_thirties() %}
    {%- set fetched, stages, stage_of, lists, named = [], [], {}, [[], [], []], [] -%}
    {%- for k in range(1, 11) -%}
        {%- for rows in [0, 10, 20] -%}
            {%- set name = 'ago_' ~ rows ~ '_' ~ k -%}
            {%- do fetched.append([name, array_element('close_10_' ~ k, rows)]) -%}
            {%- do lists[loop.index0].append(name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set twenty = merged_lists(lists[0], lists[1], stages, stage_of) -%}
    {%- set thirty = merged_lists(twenty, lists[2], stages, stage_of) -%}
    {%- for k in [4, 5] -%}
        {%- do named.extend([['low_20_' ~ k, twenty[k - 1]], ['high_20_' ~ k, twenty[-k]]]) -%}
    {%- endfor -%}
    {%- for k in range(1, 14) -%}
        {%- do named.extend([['low_30_' ~ k, thirty[k - 1]], ['high_30_' ~ k, thirty[-k]]]) -%}
    {%- endfor -%}
    {{- return([fetched] + stages + [named]) -}}
{% endmacro %}


{% macro rolling_thirty_columns() %}
    {%- set columns = ['low_20_4', 'low_20_5', 'high_20_4', 'high_20_5'] -%}
    {%- for k in range(1, 14) -%}{%- do columns.extend(['low_30_' ~ k, 'high_30_' ~ k]) -%}{%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}

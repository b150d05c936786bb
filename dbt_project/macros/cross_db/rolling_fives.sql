{#- Windows of five days: sums, extremes and their ages, the sorted closes. -#}
{% macro rolling_fives() %}
    {%- set fetched, found, sorted, newest = [['day', 'day']], [], [], [] -%}
    {%- set nan = "cast('NaN' as double precision)" -%}
    {%- for name, expression in rolling_sums() if name not in ('counts', 'l') -%}
        {%- set days = [] -%}
        {%- for k in range(5) -%}{%- do days.append(array_element(name, k, '0')) -%}{%- endfor -%}
        {%- do fetched.append([name ~ '_5', days | join(' + ')]) -%}
    {%- endfor -%}
    {%- for k in range(5) -%}
        {%- do fetched.extend([
            ['counts_' ~ k ~ '_ago', array_element('counts', k, '0')],
            ['l_' ~ k ~ '_ago', array_element('l', k, '0')],
            ['x' ~ k, array_element('close', k)],
            ['h' ~ k, array_element('high', k)],
            ['l' ~ k, array_element('low', k)],
        ]) -%}
        {%- do newest.append('when x' ~ k ~ ' < ' ~ nan ~ ' then x' ~ k) -%}
    {%- endfor -%}
    {%- set referenced = [['ref_5', 'case ' ~ newest | join(' ') ~ ' else 0 end']] -%}
    {%- set centred = [] -%}
    {%- for k in range(5) -%}
        {%- do centred.append(['dev_' ~ k, 'case when x' ~ k ~ ' < ' ~ nan ~ ' then x' ~ k ~ ' - ref_5 else 0 end']) -%}
    {%- endfor -%}
    {%- for name in rolling_closes() -%}
        {%- do found.append([name ~ '_5', rolling_closes_of_five(name)]) -%}
    {%- endfor -%}
    {%- do referenced.extend([
        ['counts_5', 'counts_0_ago + counts_1_ago + counts_2_ago + counts_3_ago + counts_4_ago'],
        ['l_5', 'l_0_ago + l_1_ago + l_2_ago + l_3_ago + l_4_ago'],
        ['high_5', 'greatest(h0, h1, h2, h3, h4)'],
        ['low_5', 'least(l0, l1, l2, l3, l4)'],
        ['a1', 'least(x0, x1)'],
        ['a2', 'greatest(x0, x1)'],
        ['b1', 'least(x2, x3)'],
        ['b2', 'greatest(x2, x3)'],
    ]) -%}
    {%- do found.extend([
        ['high_age_5', 'case high_5 when h4 then 4 when h3 then 3 when h2 then 2 when h1 then 1 else 0 end'],
        ['low_age_5', 'case low_5 when l4 then 4 when l3 then 3 when l2 then 2 when l1 then 1 else 0 end'],
        ['gap_age_5', rolling_gap_age()],
    ]) -%}
    {%- for k in range(1, 5) -%}
        {%- do found.append(['d' ~ k, kth_smallest(['a1', 'a2'], ['b1', 'b2'], k)]) -%}
    {%- endfor -%}
    {%- for k in range(1, 6) -%}
        {%- do sorted.append(['close_5_' ~ k, kth_smallest(['d1', 'd2', 'd3', 'd4'], ['x4'], k)]) -%}
    {%- endfor -%}
    {{- return([fetched, referenced, centred, found, sorted]) -}}
{% endmacro %}


{#- Age of the oldest suspended day in the window of five, -1 where there is none. -#}
{% macro rolling_gap_age() -%}
    case
        when {{ rolling_count('counts_5', 'closes') }} = least(day, 5) then -1
        {%- for k in range(4, 0, -1) %}
        when day > {{ k }} and counts_{{ k }}_ago & 1 = 0 then {{ k }}
        {%- endfor %}
        else 0
    end
{%- endmacro %}


{% macro rolling_five_columns() %}
    {%- set columns = ['ref_5', 'high_5', 'low_5', 'high_age_5', 'low_age_5', 'gap_age_5'] -%}
    {%- for name, expression in rolling_sums() -%}{%- do columns.append(name ~ '_5') -%}{%- endfor -%}
    {%- for name in rolling_closes() -%}{%- do columns.append(name ~ '_5') -%}{%- endfor -%}
    {%- for k in range(1, 6) -%}{%- do columns.append('close_5_' ~ k) -%}{%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}

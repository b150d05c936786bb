{#- Windows of five days: sums, extremes and their ages, the sorted closes. -#}
{% macro rolling_fives() %}
    {%- set fetched, sums, found, sorted = [['day', 'day']], [], [], [] -%}
    {%- for name, expression in rolling_sums() if name not in ('counts', 'c') -%}
        {%- set days = [] -%}
        {%- for k in range(5) -%}{%- do days.append(array_element(name, k, '0')) -%}{%- endfor -%}
        {%- do fetched.append([name ~ '_5', days | join(' + ')]) -%}
    {%- endfor -%}
    {%- for k in range(5) -%}
        {%- do fetched.extend([
            ['counts_' ~ k ~ '_ago', array_element('counts', k, '0')],
            ['c_' ~ k ~ '_ago', array_element('c', k, '0')],
            ['x' ~ k, array_element('close', k)],
            ['h' ~ k, array_element('high', k)],
            ['l' ~ k, array_element('low', k)],
        ]) -%}
    {%- endfor -%}
    {%- do sums.extend([
        ['counts_5', 'counts_0_ago + counts_1_ago + counts_2_ago + counts_3_ago + counts_4_ago'],
        ['c_5', 'c_0_ago + c_1_ago + c_2_ago + c_3_ago + c_4_ago'],
        ['c_age_5', 'c_1_ago + 2 * c_2_ago + 3 * c_3_ago + 4 * c_4_ago'],
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
    {{- return([fetched, sums, found, sorted]) -}}
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
    {%- set columns = ['c_age_5', 'high_5', 'low_5', 'high_age_5', 'low_age_5', 'gap_age_5'] -%}
    {%- for name, expression in rolling_sums() -%}{%- do columns.append(name ~ '_5') -%}{%- endfor -%}
    {%- for k in range(1, 6) -%}{%- do columns.append('close_5_' ~ k) -%}{%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}

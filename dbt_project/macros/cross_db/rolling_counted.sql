{#- The counters of every window, and the ages of its extremes. -#}
{% macro rolling_counted() %}
    {%- set columns = [] -%}
    {%- for days in alpha158_windows() -%}
        {%- set d = '_' ~ days -%}
        {%- do columns.append(['rows' ~ d, 'cast(least(day, ' ~ days ~ ') as double precision)']) -%}
        {%- for name in ['closes', 'volumes', 'close_changes', 'volume_changes', 'moves', 'ratio_pairs', 'close_rises', 'close_falls'] -%}
            {%- do columns.append([name ~ d, 'cast(' ~ rolling_count('counts' ~ d, name) ~ ' as double precision)']) -%}
        {%- endfor -%}
        {%- do columns.extend([
            ['lone_levels' ~ d, rolling_count('counts' ~ d, 'lone_levels')],
            ['lone_ratios' ~ d, rolling_count('counts' ~ d, 'lone_ratios')],
            ['place' ~ d, 'cast(places' ~ d ~ ' & 2097151 as double precision)'],
        ]) -%}
        {%- if days > 10 -%}
            {%- do columns.extend([
                ['high_age' ~ d, rolling_age('high', days)],
                ['low_age' ~ d, rolling_age('low', days)],
                ['gap_age' ~ d, rolling_age('gap', days)],
            ]) -%}
        {%- elif days == 10 -%}
            {%- for name in ['high', 'low', 'gap'] -%}
                {%- do columns.append([name ~ '_age_10', name ~ '_age_10_ago_0']) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}


{#- Age of a window's extreme, the oldest of equals; of its oldest suspended day (-1: none). -#}
{% macro rolling_age(name, days) -%}
    case
        {%- for rows in rolling_pieces(days)[1:][::-1] %}
        {%- if name == 'gap' %}
        when gap_age_10_ago_{{ rows }} >= 0 then gap_age_10_ago_{{ rows }} + {{ rows }}
        {%- else %}
        when {{ name }}_10_ago_{{ rows }} = {{ name }}_{{ days }} then {{ name }}_age_10_ago_{{ rows }} + {{ rows }}
        {%- endif %}
        {%- endfor %}
        else {{ name }}_age_10_ago_0
    end
{%- endmacro %}
